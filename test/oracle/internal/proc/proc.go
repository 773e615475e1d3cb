// SPDX-License-Identifier: Apache-2.0

// Package proc asks a child process that speaks the oracle's protocol, and survives its death.
package proc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// patience is how long one answer may take: the slowest is a manifest of some megabytes.
const patience = 60 * time.Second

// lastWords is how much of what a dead child said is passed on.
const lastWords = 1500

// Child is a command that is started when it is first asked, and again after it has died.
type Child struct {
	path    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan []byte
	errors  *bytes.Buffer
}

// New makes a child of the command at path.
func New(path string) *Child { return &Child{path: path} }

func (c *Child) start() error {
	c.cmd = exec.Command(c.path)
	c.errors = &bytes.Buffer{}
	c.cmd.Stderr = c.errors
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	c.in, c.answers = in, make(chan []byte)
	if err := c.cmd.Start(); err != nil {
		c.cmd = nil
		return err
	}
	go read(out, c.answers)
	return nil
}

func read(out io.Reader, answers chan<- []byte) {
	defer close(answers)
	reader := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		answers <- line
	}
}

// Ask sends request and waits for its answer. After an error the next Ask starts the child anew.
func (c *Child) Ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if c.cmd == nil {
		if err := c.start(); err != nil {
			return err
		}
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return c.died(err.Error())
	}
	select {
	case line, ok := <-c.answers:
		if !ok {
			return c.died("no answer")
		}
		return json.Unmarshal(line, answer)
	case <-time.After(patience):
		return c.died("no answer in " + patience.String())
	}
}

// died ends what may be left of the child, and says with its last words why.
func (c *Child) died(why string) error {
	_ = c.cmd.Process.Kill() // it may be gone already
	for range c.answers {
	}
	err := c.cmd.Wait()
	words := c.errors.Bytes()
	c.cmd = nil
	return fmt.Errorf("%s died: %s (%v): %s", c.path, why, err, words[:min(len(words), lastWords)])
}

// Close lets the child end, and tells how it ended: a sanitizer speaks up there.
func (c *Child) Close() error {
	if c.cmd == nil {
		return nil
	}
	if err := c.in.Close(); err != nil {
		return c.died(err.Error())
	}
	for range c.answers {
	}
	err := c.cmd.Wait()
	words := c.errors.Bytes()
	c.cmd = nil
	if err != nil {
		return fmt.Errorf("%s ended badly (%w): %s", c.path, err, words[:min(len(words), lastWords)])
	}
	return nil
}
