// SPDX-License-Identifier: Apache-2.0

// Package lines serves the oracle's protocol: one JSON object a line in, one a line out.
package lines

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Request is what every oracle is asked. Data travels as base64, so any bytes can be sent.
type Request struct {
	ID      string `json:"id"`
	Data    []byte `json:"data"`
	Reload  bool   `json:"reload,omitempty"`
	KMSv1   bool   `json:"kmsv1,omitempty"`
	Lenient bool   `json:"lenient,omitempty"`
	// Of stored: what is read or written under which key of etcd.
	Write    bool   `json:"write,omitempty"`
	Resource string `json:"resource,omitempty"`
	Key      string `json:"key,omitempty"`
	Value    []byte `json:"value,omitempty"`
	// Of stored, besides: which of these values the server can read.
	Values [][]byte `json:"values,omitempty"`
}

// Answer carries at least the request's id and, when the oracle itself broke, why.
type Answer interface {
	Fail(id, stage, reason string)
}

// Serve answers each line of in on out, until in ends. A panic fails its own request only.
func Serve[A any, P interface {
	*A
	Answer
}](in io.Reader, out io.Writer, handle func(Request) A) error {
	reader := bufio.NewReaderSize(in, 1<<20)
	writer := bufio.NewWriterSize(out, 1<<20)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			answer := answerOne[A, P](line, handle)
			if err := encoder.Encode(answer); err != nil {
				return err
			}
			if err := writer.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answerOne[A any, P interface {
	*A
	Answer
}](line []byte, handle func(Request) A) (answer A) {
	var request Request
	defer func() {
		if reason := recover(); reason != nil {
			P(&answer).Fail(request.ID, "panic", fmt.Sprint(reason))
		}
	}()
	if err := json.Unmarshal(line, &request); err != nil {
		P(&answer).Fail("", "request", err.Error())
		return answer
	}
	return handle(request)
}
