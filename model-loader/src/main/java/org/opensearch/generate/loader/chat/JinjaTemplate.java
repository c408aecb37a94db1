// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.chat.Scope.Absent;
import org.opensearch.generate.loader.chat.Scope.Arguments;
import org.opensearch.generate.loader.chat.Scope.Callable;
import org.opensearch.generate.loader.chat.Scope.Namespace;
import org.opensearch.generate.loader.chat.TemplateParser.Statement;

/**
 * A chat template in the part of Jinja that chat templates use, as Hugging Face runs it.
 *
 * <h2>Idea</h2>
 *
 * A template is parsed once into closures. Its values are strings, numbers, lists and mappings of our own, so no object of Java
 * is within reach; a rendering has a fixed amount of work, counted in steps and characters. Every string carries the origin of
 * its characters ({@link Text}), so what comes out is known to be the template's or a message's, however it was cut.
 *
 * <h2>Threads</h2>
 *
 * A parsed template has no state; each rendering has its own {@link Scope}.
 */
final class JinjaTemplate implements ChatTemplate {
    private static final int MAX_CHARS = 1 << 20;
    private static final long MAX_RANGE = 100_000;

    /** Some templates write {@code <|role|>}; a role that is none of these is a message's own text. */
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private final Path file;
    private final Statement template;
    private final Map<String, Object> globals;

    /**
     * @param file named in errors
     * @param source the template; throws {@link ModelFileException} if it cannot be parsed
     * @param specialTokens text of special tokens by name, seen by the template as variables
     * @param today the day that {@code strftime_now} tells
     */
    JinjaTemplate(Path file, String source, Map<String, String> specialTokens, LocalDate today) {
        this.file = file;
        if (source.length() > MAX_CHARS) {
            throw new ModelFileException(
                    file, 0, "chat template: wanted at most " + MAX_CHARS + " characters, found " + source.length());
        }
        try {
            template = TemplateParser.parse(source);
        } catch (TemplateException e) {
            throw new ModelFileException(file, 0, e.describe());
        }
        globals = new HashMap<>();
        specialTokens.forEach((name, text) -> globals.put(name, Text.trusted(text)));
        globals.put("add_generation_prompt", true);
        globals.put("tools", Absent.NONE);
        globals.put("documents", Absent.NONE);
        function("raise_exception", (scope, arguments) -> {
            throw TemplateException.refusal(
                    Values.print(scope, arguments.get(0, "message")).string());
        });
        function(
                "strftime_now",
                (scope, arguments) -> Text.trusted(
                        date(today, Values.text(arguments.get(0, "format")).string())));
        function("range", JinjaTemplate::range);
        function("namespace", (scope, arguments) -> {
            Namespace namespace = new Namespace();
            for (Object initial : arguments.positional()) {
                if (initial instanceof Map<?, ?> members) {
                    members.forEach((key, value) ->
                            namespace.members.put(Values.text(key).string(), value));
                }
            }
            namespace.members.putAll(arguments.named());
            return namespace;
        });
        function("dict", (scope, arguments) -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            arguments.named().forEach((name, value) -> map.put(Text.trusted(name), value));
            return map;
        });
    }

    private void function(String name, Callable callable) {
        globals.put(name, callable);
    }

    @Override
    public List<PromptPiece> render(List<ChatMessage> messages) {
        List<Object> list = new ArrayList<>();
        for (ChatMessage message : messages) {
            Map<Object, Object> members = new LinkedHashMap<>();
            Text role = ROLES.contains(message.role()) ? Text.trusted(message.role()) : Text.untrusted(message.role());
            members.put(Text.trusted("role"), role);
            members.put(Text.trusted("content"), Text.untrusted(message.content()));
            list.add(members);
        }
        Scope scope = new Scope(globals);
        scope.set("messages", list);
        Text.Builder out = new Text.Builder();
        try {
            template.run(scope, out);
        } catch (TemplateException e) {
            if (e.isRefusal()) {
                throw new IllegalArgumentException("the model's chat template refuses the messages: " + e.getMessage());
            }
            throw new ModelFileException(file, 0, e.describe());
        } catch (StackOverflowError e) {
            throw new ModelFileException(file, 0, "chat template: calls are nested too deep");
        }
        return out.build().pieces();
    }

    private static Object range(Scope scope, Arguments arguments) {
        List<Object> bounds = arguments.positional();
        long from = bounds.size() > 1 ? Values.integer(bounds.get(0)) : 0;
        long to = Values.integer(arguments.get(bounds.size() > 1 ? 1 : 0, "stop"));
        long step = bounds.size() > 2 ? Values.integer(bounds.get(2)) : 1;
        if (step == 0) {
            throw new TemplateException("wanted a range with a step other than 0");
        }
        double count = Math.ceil(((double) to - from) / step);
        if (count > MAX_RANGE) {
            throw new TemplateException("wanted a range of at most " + MAX_RANGE + " numbers, found " + (long) count);
        }
        scope.work((long) Math.max(0, count));
        List<Object> numbers = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            numbers.add(from + i * step);
        }
        return numbers;
    }

    /** A date by the codes of C's {@code strftime}; the time is midnight. */
    private static String date(LocalDate today, String format) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char code = format.charAt(++i);
            boolean plain = code == '-' && i + 1 < format.length();
            String part = dateCode(today, plain ? format.charAt(++i) : code);
            text.append(plain && part.startsWith("0") ? part.substring(1) : part);
        }
        return text.toString();
    }

    private static String dateCode(LocalDate today, char code) {
        Locale english = Locale.ENGLISH;
        try {
            return switch (code) {
                case 'd' -> digits(2, today.getDayOfMonth());
                case 'm' -> digits(2, today.getMonthValue());
                case 'Y' -> digits(4, today.getYear());
                case 'y' -> digits(2, today.getYear() % 100);
                case 'j' -> digits(3, today.getDayOfYear());
                case 'b' -> today.getMonth().getDisplayName(TextStyle.SHORT, english);
                case 'B' -> today.getMonth().getDisplayName(TextStyle.FULL, english);
                case 'a' -> today.getDayOfWeek().getDisplayName(TextStyle.SHORT, english);
                case 'A' -> today.getDayOfWeek().getDisplayName(TextStyle.FULL, english);
                case 'F' -> today.toString();
                case 'H', 'M', 'S' -> "00";
                case 'I' -> "12";
                case 'p' -> "AM";
                case 'T' -> "00:00:00";
                case '%' -> "%";
                default -> throw new TemplateException("wanted a date code of %aAbBdFHIjmMpSTyY, found %" + code);
            };
        } catch (DateTimeException e) {
            throw new TemplateException("no date: " + e.getMessage());
        }
    }

    private static String digits(int width, int number) {
        return String.format(Locale.ROOT, "%0" + width + "d", number);
    }
}
