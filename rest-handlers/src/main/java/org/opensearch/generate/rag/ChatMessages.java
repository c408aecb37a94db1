// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.List;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.generate.loader.chat.ChatMessage;

/** Conversations between nodes. */
public final class ChatMessages {
    private ChatMessages() {}

    /** Reads what {@link #write} wrote. */
    public static List<ChatMessage> read(StreamInput in) throws IOException {
        return in.readList(item -> new ChatMessage(item.readString(), item.readString()));
    }

    /** Writes a conversation. */
    public static void write(StreamOutput out, List<ChatMessage> messages) throws IOException {
        out.writeCollection(messages, (to, message) -> {
            to.writeString(message.role());
            to.writeString(message.content());
        });
    }
}
