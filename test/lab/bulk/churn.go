// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Thing is an object of one worker: nobody else changes its data. Generation -1: it is not there.
type thing struct {
	name       string
	generation int
	last       int // the highest generation that was ever tried
	version    string
}

type churner struct {
	a                *api
	things           []*thing
	stop             atomic.Bool
	done, conflicts  atomic.Int64
	unsure, mistakes atomic.Int64
}

const perWorker = 60

func (c *churner) mistake(one *thing, what string, status int, text []byte) {
	c.mistakes.Add(1)
	fmt.Printf("default/%s: %s: %d %.300s\n", one.name, what, status, text)
}

// Read makes sure of what is stored, after an answer that did not tell. Only these generations are possible.
func (c *churner) read(one *thing, possible ...int) {
	for !c.settle(one, possible) {
		time.Sleep(200 * time.Millisecond)
	}
}

func (c *churner) settle(one *thing, possible []int) bool {
	status, text := c.a.do("GET", path("default", one.name), "", nil)
	generation := -1
	switch {
	case status == 200:
		found := &object{}
		fail(json.Unmarshal(text, found))
		one.version, generation = found.Metadata.ResourceVersion, -2
		for _, each := range possible {
			if each >= 0 && string(found.value()) == string(dataOf(one.name, each)) {
				generation = each
			}
		}
	case status != 404:
		return false
	}
	for _, each := range possible {
		if each == generation {
			one.generation = generation
			return true
		}
	}
	c.mistake(one, fmt.Sprintf("generation %d, not one of %v", generation, possible), status, nil)
	one.generation = generation
	return true
}

// Took takes note of an answer: yes, a conflict (nothing happened), or nobody knows.
func (c *churner) took(one *thing, next, status int, text []byte) {
	switch {
	case status == 200 || status == 201:
		found := &object{}
		fail(json.Unmarshal(text, found))
		one.generation, one.version = next, found.Metadata.ResourceVersion
		c.done.Add(1)
	case status == 409:
		c.conflicts.Add(1)
		c.read(one, one.generation)
	case status == 0 || status == 429 || status >= 500:
		c.unsure.Add(1)
		c.read(one, one.generation, next)
	default:
		c.mistake(one, "refused", status, text)
		c.read(one, one.generation, next)
	}
}

func (c *churner) step(one *thing) {
	if one.generation < 0 {
		one.last++
		body := manifest("default", one.name, encoded(one.name, one.last), "")
		status, text := c.a.do("POST", collection("default"), "application/json", body)
		c.took(one, one.last, status, text)
		return
	}
	switch pick := rand.IntN(10); {
	case pick < 2:
		status, text := c.a.do("DELETE", path("default", one.name), "", nil)
		c.took(one, -1, status, text)
	case pick < 6:
		one.last++
		body := manifest("default", one.name, encoded(one.name, one.last), one.version)
		status, text := c.a.do("PUT", path("default", one.name), "application/json", body)
		c.took(one, one.last, status, text)
	default:
		one.last++
		body := fmt.Appendf(nil, `{"%s":{"value":"%s"}}`, kinds[*kind][1], encoded(one.name, one.last))
		status, text := c.a.do("PATCH", path("default", one.name), "application/merge-patch+json", body)
		c.took(one, one.last, status, text)
	}
}

func (c *churner) record() *record {
	found := &record{Only: *prefix, Objects: map[string]known{}}
	for _, one := range c.things {
		if one.generation < 0 {
			found.Objects["default/"+one.name] = known{Gone: true}
		} else {
			found.Objects["default/"+one.name] = known{Data: digest(dataOf(one.name, one.generation))}
		}
	}
	return found
}

func churn(a *api, file string) error {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM)
	c := &churner{a: a}
	var wait sync.WaitGroup
	for worker := range min(*workers, 16) {
		mine := make([]*thing, perWorker)
		for at := range mine {
			mine[at] = &thing{name: fmt.Sprintf("%s-%d-%d", *prefix, worker, at), generation: -1, last: -1}
		}
		c.things = append(c.things, mine...)
		wait.Add(1)
		go func() {
			defer wait.Done()
			for !c.stop.Load() {
				c.step(mine[rand.IntN(perWorker)])
			}
		}()
	}
	<-ends
	c.stop.Store(true)
	wait.Wait()
	fmt.Printf("%d changes, %d conflicts, %d without an answer that tells, %d mistakes\n", c.done.Load(),
		c.conflicts.Load(), c.unsure.Load(), c.mistakes.Load())
	if err := c.record().write(file); err != nil {
		return err
	}
	if c.mistakes.Load() > 0 {
		return fmt.Errorf("%d mistakes", c.mistakes.Load())
	}
	return nil
}
