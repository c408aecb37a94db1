# SPDX-License-Identifier: Apache-2.0
# Progress on standard error, for the scripts beside this file. Source it; it defines functions only.

# draw_bar LABEL DONE TOTAL [UNIT]: one line, redrawn in place on a terminal; elsewhere the caller prints nothing.
draw_bar() {
  local label=$1 done=$2 total=$3 unit=${4:-} width=30 filled bar
  ((done > total)) && done=$total
  filled=$((total > 0 ? done * width / total : 0))
  printf -v bar '%*s' "$filled" ''
  printf -v bar '%s%*s' "${bar// /#}" $((width - filled)) ''
  printf '\r\033[K%-28s [%s] %3d%%  %d/%d %s' \
    "$label" "$bar" $((total > 0 ? done * 100 / total : 0)) "$done" "$total" "$unit" >&2
}

# with_progress LABEL TOTAL UNIT GAUGE COMMAND...: runs COMMAND while GAUGE (a function that prints a number) is drawn
# against TOTAL. Off a terminal there is one line at the start. Returns COMMAND's status. COMMAND stays in the
# foreground, so that Ctrl-C reaches it.
with_progress() {
  local label=$1 total=$2 unit=$3 gauge=$4 status=0 drawer
  shift 4
  if [[ ! -t 2 ]]; then
    printf '%s ...\n' "$label" >&2
    "$@"
    return
  fi
  while kill -0 $$ 2>/dev/null; do
    draw_bar "$label" "$("$gauge")" "$total" "$unit"
    sleep 0.3
  done &
  drawer=$!
  "$@" || status=$?
  kill "$drawer" 2>/dev/null
  wait "$drawer" 2>/dev/null || true
  if ((status == 0)); then draw_bar "$label" "$total" "$total" "$unit"; fi
  printf '\n' >&2
  return "$status"
}
