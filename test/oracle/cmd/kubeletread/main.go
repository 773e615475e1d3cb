// SPDX-License-Identifier: Apache-2.0

// Command kubeletread reads manifests as the kubelet reads a file of its static pod folder.
//
// The verdict is the kubelet's own function; the steps are taken once more before it only to name
// the one that failed.
package main

import (
	"errors"
	"log"
	"os"
	_ "unsafe" // for go:linkname

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/capabilities"
	_ "k8s.io/kubernetes/pkg/kubelet/config" // what the linknames below mean

	"atrest/test/oracle/internal/lines"
)

const (
	// The kubelet reads at most this much, and takes a file that fills it for too long.
	maxSize  = 10 << 20
	nodeName = types.NodeName("node")
	source   = "/etc/kubernetes/manifests/kube-apiserver.yaml"
)

//go:linkname tryDecodeSinglePod k8s.io/kubernetes/pkg/kubelet/config.tryDecodeSinglePod
func tryDecodeSinglePod(data []byte, defaults func(*api.Pod) error) (bool, *v1.Pod, error)

//go:linkname applyDefaults k8s.io/kubernetes/pkg/kubelet/config.applyDefaults
func applyDefaults(pod *api.Pod, source string, isFile bool, node types.NodeName) error

type answer struct {
	ID    string  `json:"id"`
	OK    bool    `json:"ok"`
	Stage string  `json:"stage,omitempty"`
	Error string  `json:"error,omitempty"`
	JSON  string  `json:"json,omitempty"`
	Pod   *v1.Pod `json:"pod,omitempty"`
}

func (a *answer) Fail(id, stage, reason string) {
	*a = answer{ID: id, Stage: stage, Error: reason}
}

var errTooLong = errors.New("the file is as long as the kubelet's limit or longer")

func defaults(pod *api.Pod) error { return applyDefaults(pod, source, true, nodeName) }

// stageOf names the step at which the kubelet's reading fails; text is the JSON, where there is one.
func stageOf(data []byte) (stage string, text []byte) {
	text, err := utilyaml.ToJSON(data)
	if err != nil {
		return "json", nil
	}
	object, err := runtime.Decode(legacyscheme.Codecs.UniversalDecoder(), text)
	if err != nil {
		return "decode", text
	}
	pod, ok := object.(*api.Pod)
	if !ok {
		return "decode", text
	}
	if pod.Name == "" || defaults(pod) != nil {
		return "default", text
	}
	return "validate", text
}

func read(request lines.Request) (a answer) {
	a.ID = request.ID
	if len(request.Data) >= maxSize {
		a.Fail(request.ID, "size", errTooLong.Error())
		return a
	}
	stage, text := stageOf(request.Data)
	a.JSON = string(text)
	_, pod, err := tryDecodeSinglePod(request.Data, defaults)
	if err != nil {
		a.Stage, a.Error = stage, err.Error()
		return a
	}
	a.OK, a.Pod = true, pod
	return a
}

func main() {
	// As the kubelet's start does; else validation forbids privileged containers.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	if err := lines.Serve[answer](os.Stdin, os.Stdout, read); err != nil {
		log.Fatal(err)
	}
}
