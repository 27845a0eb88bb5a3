// Command jail starts a program that can reach only the files it is told of, and none of what other processes hold:
//
//	jail -read PATH -write PATH -- PROGRAM ARGUMENT...
//	jail -check
//
// It needs no privilege: it uses Landlock (https://docs.kernel.org/userspace-api/landlock.html), from which no process below
// it can free itself. A process in a jail can neither trace nor read the memory and environment of one outside. The worker
// starts its runners by it; it knows nothing of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

type paths []string

func (p *paths) String() string     { return fmt.Sprint(*p) }
func (p *paths) Set(s string) error { *p = append(*p, s); return nil }

func main() {
	var read, write paths
	flag.Var(&read, "read", "a file or folder that may be read and executed; absent ones are left out")
	flag.Var(&write, "write", "a file or folder that may be changed as well; absent ones are left out")
	check := flag.Bool("check", false, "only tell whether this kernel has what a jail needs")
	flag.Parse()
	version, err := landlockVersion()
	if err != nil {
		fail("this kernel has no Landlock: %v (Linux 5.13 or newer with landlock among its security modules)", err)
	}
	if *check {
		fmt.Printf("Landlock %d\n", version)
		return
	}
	if flag.NArg() == 0 {
		fail("usage: jail -read PATH... -write PATH... -- PROGRAM ARGUMENT...")
	}
	program, err := exec.LookPath(flag.Arg(0))
	if err != nil {
		fail("%v", err)
	}
	// Landlock binds one thread, and the thread that calls exec is the one that lives on.
	runtime.LockOSThread()
	if err := enter(version, read, write); err != nil {
		fail("%v", err)
	}
	fail("%s: %v", program, syscall.Exec(program, flag.Args(), os.Environ()))
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "jail: "+format+"\n", values...)
	os.Exit(125)
}
