// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
)

// rung is what a config does with one kind of resource; keys are words ("aescbc/key1", "plain").
type rung struct {
	Writer string   `json:"writer"`
	Reads  []string `json:"reads"`
}

var plainRung = rung{Writer: "plain", Reads: []string{"plain"}}

func (r rung) covers(keys []string) bool {
	for _, key := range keys {
		if !slices.Contains(r.Reads, key) {
			return false
		}
	}
	return true
}

// seenServer, seen and goal are the ladder's own structures (src/plan/ladder.h).
type seenServer struct {
	Known  bool `json:"known"`
	Gone   bool `json:"gone"`
	Told   bool `json:"told"`
	Loaded rung `json:"loaded"`
	Disk   rung `json:"disk"`
}

type seen struct {
	File      bool         `json:"file"`
	Flag      bool         `json:"flag"`
	Disk      rung         `json:"disk"`
	Config    rung         `json:"config"`
	Current   bool         `json:"current"`
	Down      bool         `json:"down"`
	Servers   []seenServer `json:"servers"`
	Self      int          `json:"self"`
	AllTold   bool         `json:"all_told"`
	KeysHere  []string     `json:"keys_here"`
	Counted   bool         `json:"counted"`
	Live      []string     `json:"live"`
	PastKnown bool         `json:"past_known"`
	Past      []string     `json:"past"`
	Persisted bool         `json:"persisted"`
	Escrowed  bool         `json:"escrowed"`
}

type ladderGoal struct {
	Writer  string   `json:"writer"`
	Keep    []string `json:"keep"`
	Persist bool     `json:"persist"`
	Rewrite bool     `json:"rewrite"`
}

type step struct {
	Kind    string   `json:"kind"`
	At      string   `json:"at"`
	Reason  string   `json:"reason"`
	Turns   bool     `json:"turns"`
	Out     bool     `json:"out"`
	File    rung     `json:"file"`
	Keys    []string `json:"keys"`
	Servers []int    `json:"servers"`
}

type request struct {
	ID       string      `json:"id"`
	Op       string      `json:"op"`
	Data     []byte      `json:"data"`
	Goal     *ladderGoal `json:"goal,omitempty"`
	Lanes    []seen      `json:"lanes,omitempty"`
	Resource string      `json:"resource,omitempty"`
	Key      string      `json:"key,omitempty"`
	Secret   string      `json:"secret,omitempty"`
	Made     string      `json:"made,omitempty"`
	Plain    bool        `json:"plain,omitempty"`
	Like     string      `json:"like,omitempty"`
	Used     []string    `json:"used,omitempty"`
}

type reply struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	Text  []byte `json:"text"`
	Name  string `json:"name"`
	File  rung   `json:"file"` // of reduce; of next it is the step's
	step  step
}

// driver is the command ar-ladder: atrest's own code.
type driver struct {
	mu     sync.Mutex
	in     io.WriteCloser
	out    *bufio.Reader
	cmd    *exec.Cmd
	reduce map[string]rung
}

func startDriver(path string) (*driver, error) {
	cmd := exec.Command(path)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &driver{in: in, out: bufio.NewReader(out), cmd: cmd, reduce: map[string]rung{}}, cmd.Start()
}

func (d *driver) stop() {
	d.in.Close()
	_ = d.cmd.Wait()
}

func (d *driver) ask(r request) (reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Data == nil {
		r.Data = []byte{}
	}
	line, err := json.Marshal(r)
	if err != nil {
		return reply{}, err
	}
	if _, err := d.in.Write(append(line, '\n')); err != nil {
		return reply{}, err
	}
	answer, err := d.out.ReadBytes('\n')
	if err != nil {
		return reply{}, fmt.Errorf("ar-ladder has ended: %w", err)
	}
	var ret reply
	if err := json.Unmarshal(answer, &ret); err != nil {
		return reply{}, err
	}
	if !ret.OK {
		return ret, fmt.Errorf("%s: %s", r.Op, ret.Error)
	}
	if r.Op == "next" {
		err = json.Unmarshal(answer, &ret.step)
	}
	return ret, err
}

// meaning is what a config does with a resource.
func (d *driver) meaning(text []byte, resource string) (rung, error) {
	at := resource + "\x00" + string(text)
	d.mu.Lock()
	known, ok := d.reduce[at]
	d.mu.Unlock()
	if ok {
		return known, nil
	}
	answer, err := d.ask(request{Op: "reduce", Data: text, Resource: resource})
	if err == nil {
		d.mu.Lock()
		d.reduce[at] = answer.File
		d.mu.Unlock()
	}
	return answer.File, err
}
