# Sourced by ./starling and ./test: finds the tools, says what is missing, tries again what a network may break.

export NO_COLOR=1 npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_CLI_UI_LANGUAGE=en
# No build process outlives the script: it would hold the terminal or a pipeline's output open.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

# Puts a .NET SDK 10 or newer on the PATH.
find_dotnet() {
  local folder version
  for folder in "" "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet /opt/dotnet; do
    [ -z "$folder" ] || [ -x "$folder/dotnet" ] || continue
    version=$(PATH="${folder:+$folder:}$PATH" dotnet --list-sdks 2>/dev/null | sed -n 's/^\([0-9]*\)\..*/\1/p' | sort -n | tail -1) || true
    if [ "${version:-0}" -ge 10 ]; then
      if [ -n "$folder" ]; then
        export PATH="$folder:$PATH" DOTNET_ROOT="$folder"
      fi
      return 0
    fi
  done
  return 1
}

# True when a Node.js 20 or newer with npm is on the PATH.
find_node() {
  local version
  version=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p') || true
  [ "${version:-0}" -ge 20 ] && command -v npm >/dev/null
}

dotnet_missing="The .NET SDK 10 or newer is needed and was not found.
Get it from https://dotnet.microsoft.com/download/dotnet/10.0 (or your package manager: dotnet-sdk-10.0),
so that 'dotnet --list-sdks' shows a version 10."

node_missing="Node.js 20 or newer, with npm, is needed and was not found.
Get it from https://nodejs.org/en/download, so that 'node --version' shows v20 or newer."

# retry COMMAND...: up to three times, with a pause that grows; package sources drop connections now and then.
retry() {
  local attempt
  for attempt in 1 2 3; do
    "$@" && return 0
    [ "$attempt" -lt 3 ] || return 1
    sleep $((attempt * 5))
  done
}

# npm_restore FOLDER LOG: installs what the lock file names, when it is not there yet.
npm_restore() {
  local installed="$1/node_modules/.package-lock.json" source   # npm writes this file last, so it stands for the whole folder
  for source in "$1"/package.json "$1"/package-lock.json "$1"/.npmrc; do
    if [ "$source" -nt "$installed" ]; then
      retry npm --silent --prefix "$1" ci --include=dev >"$2" 2>&1 </dev/null && touch "$installed"
      return
    fi
  done
}
