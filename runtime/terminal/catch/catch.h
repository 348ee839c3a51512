#ifndef BULKHEAD_CATCH_H
#define BULKHEAD_CATCH_H

// catch_signals has the n signals written to fd, a byte each, from now on. It
// returns 0 or an errno; on an error nothing is caught.
int catch_signals(int fd, const int *signals, int n);

// uncatch_signals gives the n signals their default action back.
void uncatch_signals(const int *signals, int n);

#endif
