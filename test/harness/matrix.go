// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"hash/fnv"
)

var allGoals = []string{"enable", "rotate", "again", "provider", "disable", "reenable"}

// plainCases are without a disturbance, on one to three servers, in every mode.
func plainCases() []spec {
	var cases []spec
	for _, goal := range allGoals {
		for count := 1; count <= 3; count++ {
			for mode := range 8 {
				one := spec{goal: goal, count: count, reload: mode&1 != 0, noHash: mode&2 != 0, lanes: 1 + mode>>2, fault: "none"}
				if (goal == "again" && count == 1) || (count < 3 && mode > 3) || mode > 5 {
					continue
				}
				cases = append(cases, one)
			}
		}
	}
	for _, goal := range []string{"guide-enable", "guide-rotate"} {
		for mode := range 2 {
			cases = append(cases, spec{goal: goal, count: 3, reload: mode != 0, lanes: 1, fault: "none"})
		}
	}
	return cases
}

func baseOf(one spec) string {
	return fmt.Sprint(one.goal, one.count, one.reload, one.noHash, one.lanes)
}

// unknown stands for a case that was not asked for.
var unknown = result{steps: 40, points: []int{60, 60, 60}}

// kinds of disturbances: which node each is about (-1: every one), and how many of the steps are tried.
var kinds = []struct {
	fault string
	node  int
	every int // 0: it is not about a step
}{
	{"kill", -1, 2},
	{"killall", 0, 0},
	{"crash", 0, 1},
	{"crashall", 0, 0},
	{"behind", -1, 0},
	{"down", -1, 3},
	{"gone", -1, 5},
	{"wrong", 1, 1},
	{"fresh", 2, 1},
	{"hand", -1, 2},
	{"lease", 0, 2},
	{"etcd", 0, 9},
	{"parallel", 0, 0},
}

// disturbed are the cases with one: each goal, each kind, at each step that there is in the case
// without it.
func disturbed(baseline map[string]result, share, stride int) []spec {
	var cases []spec
	for g, goal := range allGoals {
		for mode := range 3 {
			one := spec{goal: goal, count: 3, reload: mode == 1, noHash: mode == 2, lanes: 1}
			base, ok := baseline[baseOf(one)]
			if !ok {
				base = unknown
			}
			for k, kind := range kinds {
				if (g+k+mode)%share != 0 {
					continue
				}
				one.fault = kind.fault
				cases = append(cases, atSteps(one, kind.node, kind.every*stride, base, g+k+mode)...)
			}
		}
	}
	return cases
}

func atSteps(one spec, node, every int, base result, shift int) []spec {
	var cases []spec
	first, last := node, node
	if node < 0 {
		first, last = 0, one.count-1
	}
	for one.node = first; one.node <= last; one.node++ {
		if every == 0 {
			one.at = 0
			cases = append(cases, one)
			continue
		}
		end := base.steps
		if one.fault == "kill" && one.node < len(base.points) {
			end = base.points[one.node]
		}
		for one.at = 1 + (shift+one.node)%every; one.at <= end; one.at += every {
			cases = append(cases, one)
		}
	}
	return cases
}

// seed is what is drawn in a case: it goes with its name, so that it can be run alone.
func (s spec) seed() int64 {
	sum := fnv.New32a()
	fmt.Fprint(sum, s.String())
	return int64(sum.Sum32())
}
