# SPDX-License-Identifier: BSD-2-Clause
# Threads at the lock of one shared variable, and one that waits for work: shared_variable.pl SECONDS
use strict;
use warnings;
use threads;
use threads::shared;
use Time::HiRes qw(clock_gettime usleep CLOCK_MONOTONIC);

my $counter :shared = 0;
my @work :shared;
my $end = clock_gettime(CLOCK_MONOTONIC) + $ARGV[0];

sub update {
	my $before = clock_gettime(CLOCK_MONOTONIC);
	lock($counter);
	my $waited = clock_gettime(CLOCK_MONOTONIC) - $before;
	$counter++;
	usleep(2000);
	return $waited;
}

sub worker {
	my $waited = 0;
	$waited += update() while clock_gettime(CLOCK_MONOTONIC) < $end;
	return $waited;
}

sub consumer {
	lock(@work);
	cond_wait(@work) until @work;
	return 0;
}

my @threads = map { threads->create($_) } \&worker, \&worker, \&worker, \&consumer;
my $waited = 0;
$waited += $_->join for splice(@threads, 0, 3);
{
	lock(@work);
	push @work, 1;
	cond_signal(@work);
}
$threads[0]->join;
printf "{\"wait_ns\": %.0f}\n", $waited * 1e9;
