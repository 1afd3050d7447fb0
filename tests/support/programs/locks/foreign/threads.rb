# SPDX-License-Identifier: BSD-2-Clause
# threads.rb HOW SECONDS: four threads that compute (gvl), or wait for nothing under a lock (mutex, monitor).
# Look-alikes: they wait for work in a queue (queue), or as ractors (ractor), for
# a condition (condition) or a child (child). What each does not run, it waits, or is preempted.
require "json"
require "monitor"

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
def ran = Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID, :nanosecond)

UNTIL = now + ARGV[1].to_f * 1e9
COUNT = 4
SILENT, OPEN = IO.pipe

# `waited` is what the block says, or all that it did not run: also until its first turn.
def worker
  born = now
  Thread.new do
    told = yield
    waited = told.is_a?(Integer) ? told : now - born - ran
    { tid: Thread.current.native_thread_id, wait_ns: waited }
  end
end

def compute
  worker { 500.times { |i| i * i } while now < UNTIL }
end

def take(lock)
  worker do
    waited = 0
    while now < UNTIL
      asked = now
      lock.synchronize do
        waited += now - asked
        # `sleep` waits for the very word by which the thread waits for a lock.
        IO.select([SILENT], nil, nil, 0.003)
      end
      Thread.pass
    end
    waited
  end
end

def feed(put)
  while now < UNTIL
    sleep 0.01
    COUNT.times { |i| put.call(i, 1) }
  end
  COUNT.times { |i| put.call(i, nil) }
end

def queue
  work = Queue.new
  threads = Array.new(COUNT) { worker { nil while work.pop } }
  feed(->(_, value) { work << value })
  threads
end

def condition
  lock, ready, left = Mutex.new, ConditionVariable.new, []
  threads = Array.new(COUNT) do
    worker do
      loop do
        value = lock.synchronize do
          ready.wait(lock) while left.empty?
          left.shift
        end
        break unless value
      end
    end
  end
  feed(->(_, value) { lock.synchronize { left << value; ready.signal } })
  threads
end

def ractor
  Warning[:experimental] = false
  ractors = Array.new(COUNT) { Ractor.new { nil while Ractor.receive } }
  feed(->(i, value) { ractors[i] << value })
  ractors.each(&:take)
  []
end

threads = case ARGV[0]
          when "gvl" then Array.new(COUNT) { compute }
          when "mutex" then (lock = Mutex.new) && Array.new(COUNT) { take(lock) }
          when "monitor" then (lock = Monitor.new) && Array.new(COUNT) { take(lock) }
          when "child" then Array.new(COUNT) { worker { Process.wait(spawn("sleep #{ARGV[1]}")) } }
          else send(ARGV[0])
          end
waits = threads.map(&:value)
puts JSON.generate({ program: "ruby", wait_ns: waits.sum { |wait| wait[:wait_ns] }, threads: waits })
