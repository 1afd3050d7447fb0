# SPDX-License-Identifier: BSD-2-Clause
# threads.pl HOW SECONDS: four threads and a shared variable that they lock, for 3 ms at a time
# (lock), or at which they wait for work (queue).
use strict;
use warnings;
use threads;
use threads::shared;
use Time::HiRes qw(time sleep);

my ($how, $seconds) = @ARGV;
my $end = time + $seconds;
my $lock :shared = 0;
my $waited :shared = 0;
my @work :shared;

sub hold {
	while (time < $end) {
		my $asked = time;
		{
			lock($lock);
			$waited += time - $asked;
			sleep 0.003;
		}
		sleep 0.0005;
	}
}

sub take {
	while (1) {
		lock(@work);
		cond_wait(@work) until @work;
		last unless shift @work;
	}
}

sub give {
	lock(@work);
	push @work, @_;
	cond_broadcast(@work);
}

my @threads = map { threads->create($how eq "lock" ? \&hold : \&take) } 1 .. 4;
if ($how eq "queue") {
	while (time < $end) {
		give(1);
		sleep 0.01;
	}
	give((0) x 4);
}
$_->join for @threads;
printf qq({"program":"perl","wait_ns":%d}\n), $how eq "lock" ? $waited * 1e9 : 4e9 * $seconds;
