// SPDX-License-Identifier: BSD-2-Clause
/* java Contended.java monitor|lock SECONDS: four threads and one lock, held for 3 ms at a time. */
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

public class Contended {
	static final Object monitor = new Object();
	static final ReentrantLock lock = new ReentrantLock();
	static final AtomicLong waitNs = new AtomicLong();
	static volatile boolean stop;

	static void rest(long ms) {
		try {
			Thread.sleep(ms);
		} catch (InterruptedException e) {
			stop = true;
		}
	}

	static void enterMonitor() {
		long from = System.nanoTime();

		synchronized (monitor) {
			waitNs.addAndGet(System.nanoTime() - from);
			rest(3);
		}
	}

	static void enterLock() {
		long from = System.nanoTime();

		lock.lock();
		waitNs.addAndGet(System.nanoTime() - from);
		rest(3);
		lock.unlock();
	}

	public static void main(String[] args) throws InterruptedException {
		boolean useMonitor = args[0].equals("monitor");
		Thread[] threads = new Thread[4];

		for (int i = 0; i < threads.length; i++) {
			threads[i] = new Thread(() -> {
				while (!stop) {
					if (useMonitor)
						enterMonitor();
					else
						enterLock();
					rest(1);
				}
			}, "contender-" + i);
			threads[i].start();
		}
		rest((long) (Double.parseDouble(args[1]) * 1000));
		stop = true;
		for (Thread thread : threads)
			thread.join();
		System.out.println("{\"program\":\"java\",\"wait_ns\":" + waitNs.get() + "}");
	}
}
