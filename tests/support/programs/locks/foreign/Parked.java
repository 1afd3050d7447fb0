// SPDX-License-Identifier: BSD-2-Clause
/*
 * java Parked.java HOW SECONDS: what parks Java's threads and is no lock, or (write) is one. A pool that
 * mostly has nothing to do (pool), or always something (busy), a queue, a hand-over (handover), a
 * condition, tasks that wait for others (forkjoin), a lock of the program's own that does not say
 * what is waited for (bare).
 */
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.*;
import java.util.stream.IntStream;

public class Parked {
	interface Step {
		void run() throws Exception;
	}

	static long end;
	static volatile double sink;

	static void work(int us) {
		long until = System.nanoTime() + us * 1000L;

		while (System.nanoTime() < until)
			sink += 1;
	}

	static void repeat(Step step) throws Exception {
		while (System.nanoTime() < end)
			step.run();
	}

	static void daemons(Step step) {
		for (int i = 0; i < 4; i++) {
			Thread thread = new Thread(() -> {
				try {
					while (true)
						step.run();
				} catch (Exception e) {
					System.exit(1);
				}
			});
			thread.setDaemon(true);
			thread.start();
		}
	}

	static void pool() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);

		repeat(() -> {
			for (int i = 0; i < 4; i++)
				pool.submit(() -> work(200));
			Thread.sleep(5);
		});
	}

	static void busy() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		Semaphore room = new Semaphore(40);

		repeat(() -> {
			room.acquire();
			pool.submit(() -> {
				work(200);
				room.release();
			});
		});
	}

	static void between(BlockingQueue<Integer> queue) throws Exception {
		daemons(() -> {
			queue.take();
			work(100);
		});
		repeat(() -> {
			queue.put(1);
			Thread.sleep(1);
		});
	}

	static void condition() throws Exception {
		ReentrantLock lock = new ReentrantLock();
		Condition changed = lock.newCondition();

		daemons(() -> {
			lock.lock();
			changed.await();
			lock.unlock();
		});
		repeat(() -> {
			lock.lock();
			changed.signal();
			lock.unlock();
			Thread.sleep(1);
		});
	}

	static void forkjoin() throws Exception {
		ForkJoinPool pool = new ForkJoinPool(4);

		repeat(() -> {
			pool.submit(() -> IntStream.range(0, 16).parallel().forEach(i -> work(50))).get();
			Thread.sleep(5);
		});
	}

	static void bare() throws Exception {
		AtomicReference<Thread> waiting = new AtomicReference<>();

		daemons(() -> {
			waiting.set(Thread.currentThread());
			LockSupport.park();
		});
		repeat(() -> {
			LockSupport.unpark(waiting.get());
			Thread.sleep(1);
		});
	}

	static void write() throws Exception {
		ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

		daemons(() -> {
			lock.writeLock().lock();
			Thread.sleep(2);
			lock.writeLock().unlock();
		});
		repeat(() -> Thread.sleep(10));
	}

	public static void main(String[] args) throws Exception {
		end = System.nanoTime() + (long) (Double.parseDouble(args[1]) * 1e9);
		switch (args[0]) {
		case "pool" -> pool();
		case "busy" -> busy();
		case "queue" -> between(new ArrayBlockingQueue<>(4));
		case "handover" -> between(new SynchronousQueue<>());
		case "condition" -> condition();
		case "forkjoin" -> forkjoin();
		case "bare" -> bare();
		case "write" -> write();
		default -> System.exit(2);
		}
		System.out.println("{\"program\":\"parked\"}");
		System.exit(0);
	}
}
