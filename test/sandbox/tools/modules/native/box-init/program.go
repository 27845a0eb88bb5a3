package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// Program is kept running: started when its conditions hold, restarted when it ends, stopped while its file is missing.
type Program struct {
	Name    string      `json:"name"`
	Command []string    `json:"command"`
	Env     []string    `json:"env"`
	Log     string      `json:"log"`
	After   []Condition `json:"after"`
	While   string      `json:"while"`
}

// Condition holds when the path exists, or when the URL answers (with a 2xx when Ok).
type Condition struct {
	Path string `json:"path"`
	URL  string `json:"url"`
	Ok   bool   `json:"ok"`
}

const (
	poll        = 20 * time.Millisecond
	watchWhile  = 200 * time.Millisecond
	firstDelay  = 200 * time.Millisecond
	longestWait = 5 * time.Second
	healthyFor  = 10 * time.Second
)

func (p Program) keepRunning(children *children) {
	delay := firstDelay
	for {
		p.awaitConditions()
		started := time.Now()
		pid, ended, err := children.start(p)
		if err != nil {
			log.Printf("%s: %v", p.Name, err)
		} else {
			p.awaitEnd(pid, ended)
		}
		if time.Since(started) > healthyFor {
			delay = firstDelay
		}
		time.Sleep(delay)
		delay = min(delay*2, longestWait)
	}
}

func (p Program) awaitEnd(pid int, ended <-chan syscall.WaitStatus) {
	tick := time.NewTicker(watchWhile)
	defer tick.Stop()
	for {
		select {
		case status := <-ended:
			log.Printf("%s: ended, exit code %d, signal %d", p.Name, status.ExitStatus(), status.Signal())
			return
		case <-tick.C:
			if p.While != "" && !exists(p.While) {
				_ = syscall.Kill(pid, syscall.SIGTERM)
			}
		}
	}
}

func (p Program) awaitConditions() {
	for p.While != "" && !exists(p.While) {
		time.Sleep(watchWhile)
	}
	for _, condition := range p.After {
		for !condition.holds() {
			time.Sleep(poll)
		}
	}
}

// Whoever answers is inside the box: its certificate proves nothing that the box does not already own.
var client = http.Client{
	Timeout: time.Second,
	Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	},
}

func (c Condition) holds() bool {
	if c.Path != "" {
		return exists(c.Path)
	}
	response, err := client.Get(c.URL)
	if err != nil {
		return false
	}
	response.Body.Close()
	return !c.Ok || response.StatusCode < 300
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// environment: the program's own variables first, because the first of two of the same name is the one that counts.
func (p Program) environment() []string {
	return append(append([]string{}, p.Env...), os.Environ()...)
}

// children hands each ended child to whoever started it, and reaps the orphans that PID 1 inherits.
type children struct {
	mutex sync.Mutex
	ends  map[int]chan syscall.WaitStatus
}

func newChildren() *children { return &children{ends: map[int]chan syscall.WaitStatus{}} }

func (c *children) start(p Program) (int, <-chan syscall.WaitStatus, error) {
	output, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, nil, err
	}
	defer output.Close()
	null, err := os.Open("/dev/null")
	if err != nil {
		return 0, nil, err
	}
	defer null.Close()
	c.mutex.Lock() // until it is registered: it may end before ForkExec returns
	defer c.mutex.Unlock()
	pid, err := syscall.ForkExec(p.Command[0], p.Command, &syscall.ProcAttr{
		Dir:   "/",
		Env:   p.environment(),
		Files: []uintptr{null.Fd(), output.Fd(), output.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, nil, err
	}
	ended := make(chan syscall.WaitStatus, 1)
	c.ends[pid] = ended
	return pid, ended, nil
}

func (c *children) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.ECHILD {
			time.Sleep(poll) // no child yet
			continue
		}
		if err != nil {
			continue
		}
		c.mutex.Lock()
		if ended, ours := c.ends[pid]; ours {
			ended <- status
			delete(c.ends, pid)
		}
		c.mutex.Unlock()
	}
}
