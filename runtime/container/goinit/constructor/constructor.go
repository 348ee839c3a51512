// Package constructor is the C half of package goinit.
//
// A process makes its way to "init" through libcontainer's nsenter, a C
// constructor as well, and this one must run after that. Constructors run in the
// order in which objects are linked, and Go's linker goes through the imports
// breadth first: nsenter is imported by runtime/container itself, this package
// one step further down. When the order is another, nothing is changed, and a
// test of runtime/container fails.
package constructor

// #include "constructor.h"
import "C"

import "time"

// RestoreTimerSlack gives the calling thread the timer slack back that it had
// before the constructor, and returns it; a negative one when the constructor
// has left it alone.
func RestoreTimerSlack() time.Duration {
	return time.Duration(C.restore_timer_slack())
}
