#ifndef BULKHEAD_CONSTRUCTOR_H
#define BULKHEAD_CONSTRUCTOR_H

// How late the kernel may wake the Go runtime's monitor thread.
#define MONITOR_SLACK_NS 20000000UL

// restore_timer_slack gives the calling thread the slack back that it had
// before the constructor, and returns it; -1 when it was left alone.
long restore_timer_slack(void);

#endif
