// SPDX-License-Identifier: BSD-2-Clause

// goroutines SECONDS: a hundred goroutines wait for one sync.Mutex, and no thread does.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[1], 64)
	until := time.Now().Add(time.Duration(seconds * 1e9))
	var lock sync.Mutex
	var done sync.WaitGroup
	var waitNs int64

	for i := 0; i < 100; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for time.Now().Before(until) {
				from := time.Now()
				lock.Lock()
				atomic.AddInt64(&waitNs, int64(time.Since(from)))
				time.Sleep(time.Millisecond)
				lock.Unlock()
			}
		}()
	}
	done.Wait()
	fmt.Printf("{\"program\":\"goroutines\",\"wait_ns\":%d}\n", waitNs)
}
