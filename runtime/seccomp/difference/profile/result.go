package profile

// Unknown is the number of a name that is none of a system call.
const Unknown = -1

// NoFilter is the error of a default action that makes no filter.
const NoFilter = 1

// Result is what came of a script.
type Result struct {
	// Calls is how many of the calls succeeded; unless Err is 0, the next
	// one, or after all of them the export, gave that error.
	Calls int
	Err   int
	// Program is the exported filter where all calls succeeded.
	Program []byte
}
