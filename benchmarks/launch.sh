# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts of this folder: launch MAIN-CLASS ARGUMENTS... builds what has changed and runs a class on a JDK 25.

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

find_jdk() {
    for jdk in "${JAVA25_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /usr/java/* /opt/*jdk* ~/.sdkman/candidates/java/* ~/.jdks/*; do
        if [ -x "$jdk/bin/javac" ] && [ -f "$jdk/release" ]; then
            version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$jdk/release")
            if [ "${version:-0}" -ge 25 ]; then
                echo "$jdk"
                return
            fi
        fi
    done
    echo "no JDK 25 found: set JAVA25_HOME" >&2
    return 1
}

build() {
    stamp=$here/target/class-path
    sources="$root/pom.xml $here/pom.xml $here/src/main $root/model-loader/src/main $root/model-runner/src/main"
    # shellcheck disable=SC2086
    if [ ! -e "$stamp" ] || [ -n "$(find $sources -newer "$stamp" -print -quit)" ]; then
        # shellcheck disable=SC2086
        mvn -B -q ${MAVEN_ARGS:-} -f "$root/pom.xml" -pl benchmarks -am -DskipTests -Dspotless.check.skip=true package >&2
        touch "$stamp"
    fi
}

# Compiles limits.c, which measures what the machine can do.
limits() {
    source=$here/src/main/c/limits.c
    program=$here/target/limits
    if [ ! -e "$program" ] || [ -n "$(find "$source" -newer "$program")" ]; then
        mkdir -p "$here/target"
        "${CC:-cc}" -std=gnu11 -O3 -Wall -Wextra -Werror -pthread -o "$program" "$source"
    fi
}

launch() {
    jdk=$(find_jdk)
    build
    exec "$jdk/bin/java" --enable-native-access=ALL-UNNAMED "-Dgenerate.root=$root" \
        "-Dgenerate.native.dir=$root/model-runner/target/native" \
        -cp "$here/target/classes:$(cat "$here/target/class-path")" "$@"
}
