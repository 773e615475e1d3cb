# SPDX-License-Identifier: Apache-2.0
"""A server of HTTP/2 on this machine's loopback, that may be told to break its rules."""
import socket
import struct
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

import server

class Gone(Exception):
    """The connection is over, as an answer wanted it."""


class Connection:
    """HTTP/2 on one connection; `answer(connection, stream, headers, body)` says what to do."""

    def __init__(self, raw, number, answer, streams=250):
        self.raw, self.number, self.answer, self.requests, self.streams = raw, number, answer, 0, streams
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_outbound_headers=False))
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values={
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: streams, h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})
        self.open, self.waiting, self.due = {}, {}, []

    def serve(self):
        self.h2.initiate_connection()
        # A client sends what it likes before it has seen the settings: that is refused below, and no error to h2.
        self.h2.local_settings.max_concurrent_streams = 1000
        self.h2.local_settings.acknowledge()
        self.flush()
        try:
            while self._turn():
                pass
        except (Gone, h2.exceptions.ProtocolError):  # the latter: frames behind our GOAWAY
            pass

    def _turn(self):
        for entry in [entry for entry in self.due if entry[0] <= time.monotonic()]:
            self.due.remove(entry)
            entry[1]()
            self.flush()
        wait = min((entry[0] for entry in self.due), default=time.monotonic() + 3600) - time.monotonic()
        self.raw.settimeout(max(wait, 0.001))
        try:
            data = self.raw.recv(65536)
        except socket.timeout:
            return True
        if not data:
            return False
        for event in self.h2.receive_data(data):
            self._event(event)
        self.flush()
        return True

    def _event(self, event):
        if isinstance(event, h2.events.RequestReceived):
            if self.h2.open_inbound_streams > self.streams:
                self.h2.reset_stream(event.stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)
            else:
                self.open[event.stream_id] = (dict(event.headers), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if event.stream_id in self.open:
                self.open[event.stream_id][1].extend(event.data)
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.open:
            self.requests += 1
            headers, body = self.open.pop(event.stream_id)
            self.answer(self, event.stream_id, headers, bytes(body))
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            for stream in list(self.waiting):
                self._push(stream)

    def flush(self):
        self.raw.settimeout(10)
        self.raw.sendall(self.h2.data_to_send())

    def later(self, seconds, what):
        self.due.append((time.monotonic() + seconds, what))

    def headers(self, stream, status=200, end=False, **more):
        self.h2.send_headers(stream, [(":status", str(status))] +
                             [(name.replace("_", "-"), str(value)) for name, value in more.items()], end_stream=end)

    def data(self, stream, data, trailers=None, end=True):
        """Within the client's window; the trailers behind it, if any, as name=value."""
        self.waiting[stream] = (memoryview(data), trailers, end)
        self._push(stream)

    def _push(self, stream):
        data, trailers, end = self.waiting[stream]
        try:
            while data:
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(data))
                if room == 0:
                    self.waiting[stream] = (data, trailers, end)
                    return
                self.h2.send_data(stream, bytes(data[:room]))
                data = data[room:]
            del self.waiting[stream]
            if trailers:
                self.h2.send_headers(stream, [(name.replace("_", "-"), value) for name, value in trailers.items()],
                                     end_stream=True)
            elif end:
                self.h2.end_stream(stream)
        except h2.exceptions.ProtocolError:  # the client gave this stream up
            self.waiting.pop(stream, None)

    def leave(self, last):
        """GOAWAY: streams above `last` were not looked at. Past h2, which would take nothing in any more."""
        self.flush()
        self.raw.sendall(struct.pack(">IBIII", 8 << 8 | 7, 0, 0, last, 0))

    def drop(self, by_reset=False):
        self.flush()
        if by_reset:
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.raw.settimeout(1)
            server.drain(self.raw)
        raise Gone


def listen(w, answer, **options):
    return server.Listener(lambda raw, number: Connection(raw, number, answer, **options).serve(),
                           server.context(w.pair, alpn=("h2", "http/1.1")))
