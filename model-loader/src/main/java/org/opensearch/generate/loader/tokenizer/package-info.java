// SPDX-License-Identifier: Apache-2.0

/**
 * Text to token ids and back, through DJL's tokenizers. Start at {@link org.opensearch.generate.loader.tokenizer.Tokenizers}.
 *
 * <p>All vocabularies take the form of a {@code tokenizer.json} and one way into the library:
 * {@link org.opensearch.generate.loader.tokenizer.TokenizerJson} hides the markup tokens from text,
 * {@link org.opensearch.generate.loader.tokenizer.DjlTokenizer} encodes, and decoding is our own, from a table of bytes for each
 * id, because it must come token by token.
 *
 * <h2>What the host must do</h2>
 *
 * <ul>
 *   <li>Set the system property {@code DJL_CACHE_DIR} to a folder that may be written and whose files may be loaded, before the
 *       first tokenizer is made: DJL unpacks its native library (14 MB) there. Otherwise it takes the home folder; a failure to do
 *       so stays until the process ends.
 *   <li>Under OpenSearch's Java agent: make tokenizers inside {@code doPrivileged}. The context class loader is set here.
 *   <li>Have slf4j on the class path, which DJL logs to; without a provider it logs nothing and says so once.
 * </ul>
 *
 * <p>DJL never uses the network: {@code ai.djl.offline} and {@code OPT_OUT_TRACKING} are set before its first class is loaded,
 * unless the host has set them. JNA and commons-compress, which DJL asks for, are for other things than tokenizers and left out.
 */
@NullMarked
package org.opensearch.generate.loader.tokenizer;

import org.jspecify.annotations.NullMarked;
