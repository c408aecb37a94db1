// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.TokenizerJson.MarkupToken;

/** The tokenizers library behind {@link Tokenizer}; see {@link TokenizerJson} for how markup stays out of reach. */
final class DjlTokenizer implements Tokenizer {
    /** DJL would otherwise look for updates of its native library and count its users. */
    private static final Map<String, String> OFFLINE =
            Map.of("ai.djl.offline", "true", "OPT_OUT_TRACKING", "true", "RUST_FLAVOR", "cpu");

    private static final Map<String, String> WHOLE = Map.of("truncation", "false", "padding", "false");
    private static final byte[] NONE = {};

    private static final int MAX_CHARS = 1 << 24;

    static {
        OFFLINE.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }

    private final Path file;
    private final HuggingFaceTokenizer library;
    /** Held for reading while the library encodes, so that closing cannot free what is in use. */
    private final ReadWriteLock open = new ReentrantReadWriteLock();

    private final Map<String, MarkupToken> markup;
    private final int[] markupLengths;
    private final BitSet markupStarts = new BitSet();
    private final String markerStart;
    private final byte[][] bytes;
    private final BitSet control = new BitSet();
    private final int stripStart;
    private final int maxChars;
    private final @Nullable Integer bos;

    /**
     * @param file named in errors
     * @param json a parsed {@code tokenizer.json}; changed here
     * @param controlTexts texts of tokens that are special whatever the file says
     * @param bosText text of the token put in front of a prompt, {@code null} for none
     */
    DjlTokenizer(Path file, JsonObject json, Set<String> controlTexts, @Nullable String bosText) {
        this.file = file;
        byte[] nonce = new byte[16];
        new SecureRandom().nextBytes(nonce);
        markerStart = '\uFDD0' + HexFormat.of().formatHex(nonce) + ':';
        TokenizerJson definition = new TokenizerJson(file, json, controlTexts, markerStart);
        TokenBytes tokenBytes = new TokenBytes(file, definition.decoder(), definition.tokens());
        markup = Map.copyOf(definition.markup());
        Set<Integer> lengths = new TreeSet<>(Comparator.reverseOrder());
        for (String text : markup.keySet()) {
            lengths.add(text.length());
            markupStarts.set(text.charAt(0));
        }
        markupLengths = lengths.stream().mapToInt(Integer::intValue).toArray();
        bytes = tokenBytes.all();
        stripStart = tokenBytes.stripStart();
        maxChars = definition.splitsByExpression() ? SplitExpression.MAX_TEXT_CHARS : MAX_CHARS;
        for (int id = 0; id < bytes.length; id++) {
            control.set(id, definition.tokens().get(id) == null);
        }
        for (MarkupToken token : markup.values()) {
            if (token.special()) {
                control.set(token.id());
                bytes[token.id()] = NONE;
            }
        }
        MarkupToken bosToken = bosText == null ? null : markup.get(bosText);
        bos = bosToken == null ? null : bosToken.id();
        library = load(file, definition.library());
        try {
            checkMarkup();
        } catch (ModelFileException e) {
            library.close();
            throw e;
        }
    }

    private static HuggingFaceTokenizer load(Path file, String json) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(DjlTokenizer.class.getClassLoader());
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), WHOLE);
        } catch (IOException | RuntimeException e) {
            throw new ModelFileException(file, 0, "the tokenizers library refuses it: " + e.getMessage());
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The library numbers added tokens that its vocabulary lacks by itself; a file that numbers them otherwise is wrong. */
    private void checkMarkup() {
        for (MarkupToken token : markup.values()) {
            int[] ids = ids(token.marker());
            if (ids.length == 0 || ids[ids.length - 1] != token.id()) {
                throw new ModelFileException(
                        file,
                        0,
                        "wanted id " + token.id() + " for " + token.text()
                                + ", the tokenizers library numbers it otherwise");
            }
        }
    }

    @Override
    public int size() {
        return bytes.length;
    }

    @Override
    public int[] encode(String text) {
        return encode(List.of(new PromptPiece(text, false)), false);
    }

    @Override
    public int[] encodeWithControlTokens(String text, boolean bos) {
        return encode(List.of(new PromptPiece(text, true)), bos);
    }

    @Override
    public int[] encode(List<PromptPiece> prompt, boolean withBos) {
        StringBuilder text = new StringBuilder();
        for (PromptPiece piece : prompt) {
            if (piece.text().contains(markerStart)) {
                throw new IllegalArgumentException("text contains the marker of control tokens");
            }
            if (piece.trusted()) {
                appendTrusted(piece.text(), text);
            } else {
                text.append(piece.text());
            }
        }
        int[] ids = ids(wellFormed(text));
        if (!withBos || bos == null || (ids.length > 0 && ids[0] == bos)) {
            return ids;
        }
        int[] withFirst = new int[ids.length + 1];
        withFirst[0] = bos;
        System.arraycopy(ids, 0, withFirst, 1, ids.length);
        return withFirst;
    }

    /** Writes every markup token, the longest from the left, as its marker. */
    private void appendTrusted(String text, StringBuilder out) {
        int at = 0;
        while (at < text.length()) {
            MarkupToken token = markupAt(text, at);
            if (token == null) {
                out.append(text.charAt(at));
                at++;
            } else {
                out.append(token.marker());
                at += token.text().length();
            }
        }
    }

    private @Nullable MarkupToken markupAt(String text, int at) {
        if (!markupStarts.get(text.charAt(at))) {
            return null;
        }
        for (int length : markupLengths) {
            if (at + length <= text.length()) {
                MarkupToken token = markup.get(text.substring(at, at + length));
                if (token != null) {
                    return token;
                }
            }
        }
        return null;
    }

    /** Only the ids are fetched: a whole {@code Encoding} would make four more objects of each token. */
    private int[] ids(String text) {
        if (text.length() > maxChars) {
            throw new IllegalArgumentException("text has " + text.length() + " characters, wanted at most " + maxChars);
        }
        open.readLock().lock();
        try {
            long encoding = TokenizersLibrary.LIB.encode(library.getHandle(), text, false);
            try {
                return Arrays.stream(TokenizersLibrary.LIB.getTokenIds(encoding))
                        .mapToInt(Math::toIntExact)
                        .toArray();
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        } catch (IllegalStateException e) {
            throw new IllegalStateException("the tokenizer is closed", e);
        } catch (RuntimeException e) {
            throw new ModelFileException(
                    file, 0, "the tokenizers library cannot encode a text with it: " + e.getMessage());
        } finally {
            open.readLock().unlock();
        }
    }

    /** Half surrogate pairs cannot be UTF-8; they become U+FFFD. */
    private static String wellFormed(StringBuilder text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                text.setCharAt(i, '\uFFFD');
            }
        }
        return text.toString();
    }

    @Override
    public boolean isControl(int id) {
        return id < 0 || id >= bytes.length || control.get(id);
    }

    @Override
    public byte[] bytes(int id) {
        return id < 0 || id >= bytes.length ? NONE : bytes[id].clone();
    }

    @Override
    public int strippedSpaces() {
        return stripStart;
    }

    @Override
    public String decode(int[] ids) {
        StreamDecoder decoder = streamDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.push(id));
        }
        return text.append(decoder.finish()).toString();
    }

    @Override
    public StreamDecoder streamDecoder() {
        return new Utf8StreamDecoder(bytes, stripStart);
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            library.close();
        } finally {
            open.writeLock().unlock();
        }
    }
}
