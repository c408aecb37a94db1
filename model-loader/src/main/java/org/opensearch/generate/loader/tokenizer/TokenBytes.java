// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelFileException;

/**
 * What each token stands for, in bytes: the {@code decoder} of a {@code tokenizer.json}, applied to every token once.
 *
 * <p>The decoders of the tokenizers library work on one token after another, but for the space they strip at the very
 * beginning; so a text is the tokens' bytes in a row, less that space.
 */
final class TokenBytes {
    private static final byte[] NONE = {};

    private final Path file;
    private final List<String[]> replacements = new ArrayList<>();
    private boolean byteLevel;
    private boolean byteFallback;
    private @Nullable String continuation;
    private int stripStart;
    private final byte[][] bytes;

    /**
     * @param file named in errors
     * @param decoder the {@code decoder} member, {@code null} for none
     * @param tokens text of every id as the vocabulary writes it
     */
    TokenBytes(Path file, @Nullable JsonObject decoder, List<@Nullable String> tokens) {
        this.file = file;
        if (decoder != null) {
            try {
                read(decoder);
            } catch (IllegalStateException
                    | UnsupportedOperationException
                    | ClassCastException
                    | IllegalArgumentException e) {
                throw new ModelFileException(file, 0, "no tokenizer decoder: " + e.getMessage());
            }
        }
        bytes = new byte[tokens.size()][];
        for (int id = 0; id < bytes.length; id++) {
            String token = tokens.get(id);
            bytes[id] = token == null ? NONE : decode(token);
        }
    }

    /** Bytes by token id. */
    byte[][] all() {
        return bytes;
    }

    /** How many spaces are left out where a text begins. */
    int stripStart() {
        return stripStart;
    }

    private void read(JsonObject decoder) {
        String type = text(decoder, "type");
        switch (type) {
            case "Sequence" -> {
                JsonElement steps = decoder.get("decoders");
                if (steps == null) {
                    throw new ModelFileException(file, 0, "wanted \"decoders\" in a decoder, found " + decoder);
                }
                for (JsonElement step : steps.getAsJsonArray()) {
                    read(step.getAsJsonObject());
                }
            }
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> byteFallback = true;
            case "Fuse" -> {}
            case "Replace" -> {
                JsonElement pattern = decoder.get("pattern");
                if (pattern == null
                        || !pattern.isJsonObject()
                        || !pattern.getAsJsonObject().has("String")) {
                    throw new ModelFileException(file, 0, "wanted a decoder that replaces a string, found " + decoder);
                }
                replacements.add(new String[] {text(pattern.getAsJsonObject(), "String"), text(decoder, "content")});
            }
            case "Metaspace" -> {
                replacements.add(new String[] {text(decoder, "replacement"), " "});
                JsonElement scheme = decoder.get("prepend_scheme");
                JsonElement prefix = decoder.get("add_prefix_space");
                boolean never = scheme != null
                        ? scheme.getAsString().equals("never")
                        : prefix != null && !prefix.getAsBoolean();
                stripStart = never ? 0 : 1;
            }
            case "Strip" -> {
                if (!text(decoder, "content").equals(" ")) {
                    throw new ModelFileException(file, 0, "wanted a decoder that strips spaces, found " + decoder);
                }
                stripStart = Integer.parseInt(text(decoder, "start"));
            }
            case "WordPiece" -> {
                continuation = text(decoder, "prefix");
                stripStart = 1;
            }
            default ->
                throw new ModelFileException(
                        file,
                        0,
                        "wanted a decoder of ByteLevel, ByteFallback, Fuse, Metaspace, Replace, Sequence, Strip, WordPiece,"
                                + " found " + type);
        }
    }

    private String text(JsonObject object, String name) {
        JsonElement value = object.get(name);
        if (value == null || !value.isJsonPrimitive()) {
            throw new ModelFileException(file, 0, "wanted a text \"" + name + "\" in a decoder, found " + object);
        }
        return value.getAsString();
    }

    private byte[] decode(String token) {
        if (byteLevel) {
            byte[] raw = ByteLevel.bytes(token);
            return raw == null ? token.getBytes(StandardCharsets.UTF_8) : raw;
        }
        if (byteFallback && isByte(token)) {
            return new byte[] {(byte) Integer.parseInt(token, 3, 5, 16)};
        }
        String text = token;
        if (continuation != null) {
            text = text.startsWith(continuation) ? text.substring(continuation.length()) : " " + text;
        }
        for (String[] replacement : replacements) {
            text = text.replace(replacement[0], replacement[1]);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isByte(String token) {
        return token.length() == 6
                && token.startsWith("<0x")
                && token.charAt(5) == '>'
                && Character.digit(token.charAt(3), 16) >= 0
                && Character.digit(token.charAt(4), 16) >= 0;
    }

    /** GPT-2's spelling of bytes as letters: printable Latin-1 stands for itself, the other 68 bytes for U+0100 and on. */
    static final class ByteLevel {
        private static final short[] BYTE_OF = new short[0x144];

        static {
            java.util.Arrays.fill(BYTE_OF, (short) -1);
            int next = 0x100;
            for (int value = 0; value < 256; value++) {
                boolean printable = (value > ' ' && value < 0x7F) || (value > 0xA0 && value != 0xAD);
                BYTE_OF[printable ? value : next++] = (short) value;
            }
        }

        private ByteLevel() {}

        /** The bytes of a token; {@code null} if a character of it stands for none. */
        static byte @Nullable [] bytes(String token) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(token.length());
            for (int i = 0; i < token.length(); i++) {
                char c = token.charAt(i);
                if (c >= BYTE_OF.length || BYTE_OF[c] < 0) {
                    return null;
                }
                out.write(BYTE_OF[c]);
            }
            return out.toByteArray();
        }
    }
}
