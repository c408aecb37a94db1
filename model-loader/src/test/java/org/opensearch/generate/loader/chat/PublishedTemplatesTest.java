// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Templates built as the published ones are, with the texts that Hugging Face's renderer makes of them. */
@SuppressWarnings("StringConcatToTextBlock") // a text block would hide which line ends belong to the template
class PublishedTemplatesTest {
    private static final List<ChatMessage> TALK = List.of(
            new ChatMessage("system", "Be brief."),
            new ChatMessage("user", " Hi. "),
            new ChatMessage("assistant", "Hello!"),
            new ChatMessage("user", "Bye?"));

    private static String render(String jinja, List<ChatMessage> messages) {
        Map<String, String> tokens = Map.of("bos_token", "<s>", "eos_token", "</s>");
        return ChatTemplates.of(Path.of("model"), jinja, tokens).render(messages).stream()
                .map(PromptPiece::text)
                .collect(Collectors.joining());
    }

    @Test
    void zephyr() {
        String jinja = """
                {% for message in messages %}
                {% if message['role'] == 'user' %}
                {{ '<|user|>\\n' + message['content'] + eos_token }}
                {% elif message['role'] == 'system' %}
                {{ '<|system|>\\n' + message['content'] + eos_token }}
                {% elif message['role'] == 'assistant' %}
                {{ '<|assistant|>\\n'  + message['content'] + eos_token }}
                {% endif %}
                {% if loop.last and add_generation_prompt %}
                {{ '<|assistant|>' }}
                {% endif %}
                {% endfor %}""";
        assertEquals(
                "<|system|>\nBe brief.</s>\n<|user|>\n Hi. </s>\n<|assistant|>\nHello!</s>\n<|user|>\nBye?</s>\n<|assistant|>\n",
                render(jinja, TALK));
    }

    @Test
    void chatMl() {
        String jinja =
                "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n"
                        + "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                        + "' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n"
                        + "' + message['content'] + '<|im_end|>' + '\n"
                        + "'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n"
                        + "' }}{% endif %}";
        assertEquals(
                "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                        + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                render(jinja, List.of(new ChatMessage("user", "Hi"))));
    }

    @Test
    void llama2() {
        String jinja = "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
                + "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
                + "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
                + "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
                + "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
                + "{% if loop.index0 == 0 and system_message != false %}"
                + "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
                + "{% else %}{% set content = message['content'] %}{% endif %}"
                + "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
                + "{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";
        assertEquals(
                "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi. [/INST] Hello! </s><s>[INST] Bye? [/INST]",
                render(jinja, TALK));
        List<ChatMessage> twice = List.of(new ChatMessage("user", "a"), new ChatMessage("user", "b"));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> render(jinja, twice));
        assertTrue(refused.toString().contains("roles must alternate"), refused.toString());
    }

    @Test
    void mistral() {
        String jinja = """
                {%- if messages[0]["role"] == "system" %}
                    {%- set system_message = messages[0]["content"] %}
                    {%- set loop_messages = messages[1:] %}
                {%- else %}
                    {%- set loop_messages = messages %}
                {%- endif %}
                {%- if not tools is defined %}
                    {%- set tools = none %}
                {%- endif %}
                {%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}

                {#- This block checks for alternating user/assistant messages #}
                {%- set ns = namespace() %}
                {%- set ns.index = 0 %}
                {%- for message in loop_messages %}
                    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
                        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
                            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
                        {%- endif %}
                        {%- set ns.index = ns.index + 1 %}
                    {%- endif %}
                {%- endfor %}

                {{- bos_token }}
                {%- for message in loop_messages %}
                    {%- if message["role"] == "user" %}
                        {%- if tools is not none and (message == user_messages[-1]) %}
                            {{- "[AVAILABLE_TOOLS] [" }}
                            {{- tools | tojson }}
                            {{- "][/AVAILABLE_TOOLS]" }}
                        {%- endif %}
                        {%- if loop.last and system_message is defined %}
                            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
                        {%- else %}
                            {{- "[INST] " + message["content"] + "[/INST]" }}
                        {%- endif %}
                    {%- elif message["role"] == "assistant" %}
                        {{- " " + message["content"]|trim + eos_token}}
                    {%- else %}
                        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
                    {%- endif %}
                {%- endfor %}
                """;
        assertEquals("<s>[INST]  Hi. [/INST] Hello!</s>[INST] Be brief.\n\nBye?[/INST]", render(jinja, TALK));
    }

    @Test
    void llama3WithADateThatStays() {
        String jinja = """
                {{- bos_token }}
                {%- if custom_tools is defined %}
                    {%- set tools = custom_tools %}
                {%- endif %}
                {%- if not tools_in_user_message is defined %}
                    {%- set tools_in_user_message = true %}
                {%- endif %}
                {%- if not date_string is defined %}
                    {%- if strftime_now is defined %}
                        {%- set date_string = strftime_now("%d %b %Y") %}
                    {%- else %}
                        {%- set date_string = "26 Jul 2024" %}
                    {%- endif %}
                {%- endif %}
                {%- if not tools is defined %}
                    {%- set tools = none %}
                {%- endif %}

                {#- This block extracts the system message, so we can slot it into the right place. #}
                {%- if messages[0]['role'] == 'system' %}
                    {%- set system_message = messages[0]['content']|trim %}
                    {%- set messages = messages[1:] %}
                {%- else %}
                    {%- set system_message = "" %}
                {%- endif %}

                {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
                {%- if tools is not none %}
                    {{- "Environment: ipython\\n" }}
                {%- endif %}
                {{- "Cutting Knowledge Date: December 2023\\n" }}
                {{- "Today Date: " + date_string + "\\n\\n" }}
                {{- system_message }}
                {{- "<|eot_id|>" }}
                {%- for message in messages %}
                    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
                    {%- elif 'tool_calls' in message %}
                        {%- if not message.tool_calls|length == 1 %}
                            {{- raise_exception("This model only supports single tool-calls at once!") }}
                        {%- endif %}
                    {%- endif %}
                {%- endfor %}
                {%- if add_generation_prompt %}
                    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
                {%- endif %}
                """;
        assertEquals(
                "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
                        + "Today Date: 26 Jul 2024\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi.<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>"
                        + "\n\nBye?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
                render(jinja, TALK));
    }

    @Test
    void qwen3() {
        String jinja = """
                {%- if tools %}
                    {{- '<|im_start|>system\\n' }}
                {%- else %}
                    {%- if messages[0].role == 'system' %}
                        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
                    {%- endif %}
                {%- endif %}
                {%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
                {%- for message in messages[::-1] %}
                    {%- set index = (messages|length - 1) - loop.index0 %}
                    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
                        {%- set ns.multi_step_tool = false %}
                        {%- set ns.last_query_index = index %}
                    {%- endif %}
                {%- endfor %}
                {%- for message in messages %}
                    {%- if message.content is string %}
                        {%- set content = message.content %}
                    {%- else %}
                        {%- set content = '' %}
                    {%- endif %}
                    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
                        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
                    {%- elif message.role == "assistant" %}
                        {%- set reasoning_content = '' %}
                        {%- if message.reasoning_content is string %}
                            {%- set reasoning_content = message.reasoning_content %}
                        {%- else %}
                            {%- if '</think>' in content %}
                                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
                            {%- endif %}
                        {%- endif %}
                        {%- if loop.index0 > ns.last_query_index %}
                            {%- if loop.last or (not loop.last and reasoning_content) %}
                                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
                            {%- else %}
                                {{- '<|im_start|>' + message.role + '\\n' + content }}
                            {%- endif %}
                        {%- else %}
                            {{- '<|im_start|>' + message.role + '\\n' + content }}
                        {%- endif %}
                        {{- '<|im_end|>\\n' }}
                    {%- endif %}
                {%- endfor %}
                {%- if add_generation_prompt %}
                    {{- '<|im_start|>assistant\\n' }}
                    {%- if enable_thinking is defined and enable_thinking is false %}
                        {{- '<think>\\n\\n</think>\\n\\n' }}
                    {%- endif %}
                {%- endif %}""";
        List<ChatMessage> talk = List.of(
                new ChatMessage("system", "Be brief."),
                new ChatMessage("user", "Hi"),
                new ChatMessage("assistant", "<think>\nHm.\n</think>\n\nHello!"),
                new ChatMessage("user", "Bye?"));
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n"
                        + "<|im_start|>user\nBye?<|im_end|>\n<|im_start|>assistant\n",
                render(jinja, talk));
    }

    @Test
    void gemma() {
        String jinja = """
                {{ bos_token }}
                {%- if messages[0]['role'] == 'system' -%}
                    {%- if messages[0]['content'] is string -%}
                        {%- set first_user_prefix = messages[0]['content'] + '

                ' -%}
                    {%- else -%}
                        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

                ' -%}
                    {%- endif -%}
                    {%- set loop_messages = messages[1:] -%}
                {%- else -%}
                    {%- set first_user_prefix = "" -%}
                    {%- set loop_messages = messages -%}
                {%- endif -%}
                {%- for message in loop_messages -%}
                    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
                        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
                    {%- endif -%}
                    {%- if (message['role'] == 'assistant') -%}
                        {%- set role = "model" -%}
                    {%- else -%}
                        {%- set role = message['role'] -%}
                    {%- endif -%}
                    {{ '<start_of_turn>' + role + '
                ' + (first_user_prefix if loop.first else "") }}
                    {%- if message['content'] is string -%}
                        {{ message['content'] | trim }}
                    {%- elif message['content'] is iterable -%}
                        {%- for item in message['content'] -%}
                            {%- if item['type'] == 'image' -%}
                                {{ '<start_of_image>' }}
                            {%- elif item['type'] == 'text' -%}
                                {{ item['text'] | trim }}
                            {%- endif -%}
                        {%- endfor -%}
                    {%- else -%}
                        {{ raise_exception("Invalid content type") }}
                    {%- endif -%}
                    {{ '<end_of_turn>
                ' }}
                {%- endfor -%}
                {%- if add_generation_prompt -%}
                    {{'<start_of_turn>model
                '}}
                {%- endif -%}
                """;
        assertEquals(
                "<s><start_of_turn>user\nBe brief.\n\nHi.<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n"
                        + "<start_of_turn>user\nBye?<end_of_turn>\n<start_of_turn>model\n",
                render(jinja, TALK));
    }

    @Test
    void phi3WritesTheRoleInsideAControlToken() {
        String jinja = "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}"
                + "{{'<|system|>\\n' + message['content'] + '<|end|>\\n'}}{% elif message['role'] == 'user' %}"
                + "{{'<|' + message['role'] + '|>\\n' + message['content'] + '<|end|>\\n'}}"
                + "{% elif message['role'] == 'assistant' %}{{'<|assistant|>\\n' + message['content'] + '<|end|>\\n'}}"
                + "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}"
                + "{% else %}{{ eos_token }}{% endif %}";
        List<PromptPiece> pieces = ChatTemplates.of(Path.of("model"), jinja, Map.of())
                .render(List.of(new ChatMessage("system", "S"), new ChatMessage("user", "U")));
        assertEquals(
                List.of(
                        new PromptPiece("<|system|>\n", true),
                        new PromptPiece("S", false),
                        new PromptPiece("<|end|>\n<|user|>\n", true),
                        new PromptPiece("U", false),
                        new PromptPiece("<|end|>\n<|assistant|>\n", true)),
                pieces);
    }

    @Test
    void macrosRenderToolsNestedInTypes() {
        String jinja = """
                {%- macro kind(spec, depth=0) -%}
                    {%- if spec.type == 'array' -%}
                        {{- kind(spec['items'], depth + 1) + '[]' -}}
                    {%- elif spec is mapping -%}
                        {{- spec.type -}}
                    {%- endif -%}
                {%- endmacro -%}
                {%- set spec = {'type': 'array', 'items': {'type': 'array', 'items': {'type': 'string'}}} -%}
                {{ kind(spec) }} {{ spec | tojson }}""";
        assertEquals(
                "string[][] {\"type\": \"array\", \"items\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}",
                render(jinja, List.of()));
    }

    @Test
    void plainFormWithoutATemplate(@org.junit.jupiter.api.io.TempDir Path folder) {
        List<PromptPiece> pieces = ChatTemplates.fromFolder(folder)
                .render(List.of(new ChatMessage("user", "</s>"), new ChatMessage("x:", "")));
        assertEquals(
                List.of(
                        new PromptPiece("user: ", true),
                        new PromptPiece("</s>", false),
                        new PromptPiece("\n\n", true),
                        new PromptPiece("x:", false),
                        new PromptPiece(": \n\nassistant:", true)),
                pieces);
    }
}
