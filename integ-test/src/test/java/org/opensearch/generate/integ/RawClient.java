// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that asks for a stream and reads nothing until it is told to. */
final class RawClient implements AutoCloseable {
    private static final int BUFFER = 4096;
    private final Socket socket;

    private RawClient(Node node, String path, String body, int length) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(BUFFER);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port()));
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + length + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
    }

    /** Sends a whole request. */
    static RawClient asking(Node node, String body) throws IOException {
        return new RawClient(node, "/_generate/stream", body, body.length());
    }

    /** Sends half of a request. */
    static RawClient halfwayThroughItsRequest(Node node) throws IOException {
        String half = "{\"model\": \"endless\", ";
        return new RawClient(node, "/_generate/stream", half, 2 * half.length());
    }

    /** Goes away without a word. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads what is left and returns how many bytes that was. */
    int rest() throws IOException {
        try {
            return socket.getInputStream().readAllBytes().length;
        } catch (SocketException e) {
            return 0; // closed by the node
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
