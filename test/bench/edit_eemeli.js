// SPDX-License-Identifier: Apache-2.0
// The same edit with eemeli/yaml: its Document keeps comments; no wrapping.
const { parseDocument } = require('yaml');
const fs = require('fs');
const doc = parseDocument(fs.readFileSync(process.argv[2], 'utf8'));
const boxes = doc.getIn(['spec', 'containers']);
const at = boxes.items.findIndex((c) => c.get('name') === 'kube-apiserver');
const box = ['spec', 'containers', at];
const flags = doc.getIn([...box, 'args']) ? 'args' : 'command';
doc.addIn([...box, flags], '--encryption-provider-config=/etc/kubernetes/enc.yaml');
const mount = { mountPath: '/etc/kubernetes/enc.yaml', name: 'encryption-config', readOnly: true };
const volume = { hostPath: { path: '/etc/kubernetes/enc.yaml', type: 'File' }, name: 'encryption-config' };
const put = (path, item) => (doc.getIn(path) ? doc.addIn(path, doc.createNode(item)) : doc.setIn(path, doc.createNode([item])));
put([...box, 'volumeMounts'], mount);
put(['spec', 'volumes'], volume);
process.stdout.write(doc.toString({ lineWidth: 0, indentSeq: false }));
