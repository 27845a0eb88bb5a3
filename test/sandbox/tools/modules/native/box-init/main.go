// box-init starts a box and is its PID 1. A box is a process tree in its own pid, mount, ipc and uts namespaces inside
// a named network namespace, with a root file system made of the few mounts that its spec lists.
//
//	box-init launch SPEC.json   starts the box, prints the pid of its PID 1, and ends
//	box-init run SPEC.json      is PID 1 (called by launch)
//
// When PID 1 dies, every process and every mount of the box is gone with it.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

type Spec struct {
	Hostname string    `json:"hostname"`
	Netns    string    `json:"netns"`
	Root     string    `json:"root"`
	Log      string    `json:"log"`
	Mounts   []Mount   `json:"mounts"`
	Programs []Program `json:"programs"`
	Relays   []Relay   `json:"relays"`
}

// setns(2) has no wrapper in package syscall; the numbers are those of amd64 and arm64.
var setnsNumber = map[string]uintptr{"amd64": 308, "arm64": 268}[runtime.GOARCH]

// The launcher leaves the host's network namespace to PID 1 on this descriptor, for relays.
const hostNetnsFd = 3

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: box-init launch|run SPEC.json")
	}
	text, err := os.ReadFile(os.Args[2])
	check(err, "reading the spec")
	var spec Spec
	check(json.Unmarshal(text, &spec), "parsing the spec")
	switch os.Args[1] {
	case "launch":
		launch(spec, os.Args[2])
	case "run":
		run(spec)
	default:
		log.Fatalf("unknown command %s", os.Args[1])
	}
}

func launch(spec Spec, specPath string) {
	runtime.LockOSThread() // setns is per thread, and the child inherits this thread's
	host, err := os.Open("/proc/self/ns/net")
	check(err, "opening the host's network namespace")
	netns, err := os.Open(spec.Netns)
	check(err, "opening the box's network namespace")
	check(setns(netns.Fd()), "entering the box's network namespace")
	output, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(err, "opening the log")
	child := exec.Command("/proc/self/exe", "run", specPath)
	child.Args[0] = "box-init"
	child.Stdout, child.Stderr = output, output
	child.ExtraFiles = []*os.File{host}
	child.SysProcAttr = &syscall.SysProcAttr{
		Setsid:     true,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
	}
	check(child.Start(), "starting PID 1")
	fmt.Println(child.Process.Pid)
}

func run(spec Spec) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	syscall.CloseOnExec(hostNetnsFd)
	check(syscall.Sethostname([]byte(spec.Hostname)), "setting the host name")
	enterRoot(spec.Root, spec.Mounts)
	for _, relay := range spec.Relays {
		go relay.serve()
	}
	children := newChildren()
	for _, program := range spec.Programs {
		go program.keepRunning(children)
	}
	go children.reap()
	<-stop
}

func setns(fd uintptr) error {
	if _, _, errno := syscall.RawSyscall(setnsNumber, fd, syscall.CLONE_NEWNET, 0); errno != 0 {
		return errno
	}
	return nil
}

func check(err error, doing string) {
	if err != nil {
		log.Fatalf("%s: %v", doing, err)
	}
}
