#!/usr/bin/env bash
# Installs stacklint: the released binary, whose checksum must be right, or one built from the action's own commit.
# Outputs: binary (its absolute path), version.
. "$GITHUB_ACTION_PATH/action/common.sh"

own=$(sed -n '/^version = /{s/^version = "\(.*\)"/\1/p;q;}' "$GITHUB_ACTION_PATH/Cargo.toml")
wanted=${STACKLINT_VERSION:-$own}
wanted=${wanted#v}
work=$(mktemp -d "$RUNNER_TEMP/stacklint-install.XXXXXX")

sha256() {
    # Through standard input: with a backslash in its argument sha256sum escapes what it prints.
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null; then
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    else
        fail 'neither sha256sum nor shasum is installed, so that nothing downloaded can be verified'
    fi
}

# The first SHA-256 of a text, in lower case; nothing if it does not begin with one.
checksum_in() {
    printf '%s\n' "$1" | tr 'A-F' 'a-f' | sed -n '1{s/^\([0-9a-f]\{64\}\)\([^0-9a-f].*\)\{0,1\}$/\1/p;}'
}

# Downloads into the work directory. 0 if it is there, 4 if the server has no such file; else the run ends.
download() {
    local status=0 answer
    answer=$(cd -- "$work" && curl --fail --silent --show-error --location --proto '=https,file' --proto-redir '=https' \
        --retry 3 --max-time 300 --write-out '%{http_code}' --output "$2" -- "$1") || status=$?
    [ "$status" -ne 0 ] || return 0
    # 22 is an answer of 400 and above, 37 a file that is not there.
    case $status/$answer in
        22/404 | 37/*) return 4 ;;
    esac
    fail "$1 cannot be downloaded (curl says $status, the server $answer)"
}

build() {
    command -v cargo >/dev/null || fail "$1, and it cannot be built, since cargo is not installed"
    echo "$1: building it"
    # In the action's own directory: cargo and rustup read settings of the current one, which here a stranger may have written.
    (cd -- "$GITHUB_ACTION_PATH" &&
        CARGO_TARGET_DIR="$work/target" cargo install --quiet --locked --path . --root "$work" --bin stacklint)
    binary=$work/bin/stacklint
}

unpack() {
    local archive=stacklint-$wanted-$1.tar.gz url found should
    url=${STACKLINT_DOWNLOAD_URL%/}/v$wanted/stacklint-$wanted-$1.tar.gz
    download "$url" "$archive" || return 4
    should=$STACKLINT_CHECKSUM
    if [ -z "$should" ]; then
        download "$url.sha256" "$archive.sha256" || fail "the release has no $archive.sha256, so that it cannot be verified"
        should=$(cat "$work/$archive.sha256")
    fi
    should=$(checksum_in "$should")
    [ -n "$should" ] || fail "what should be the SHA-256 of $archive is none"
    found=$(sha256 "$work/$archive")
    [ "$found" = "$should" ] || fail "$archive is not what was released: its SHA-256 is $found and should be $should"
    echo "$archive has the SHA-256 $found, as it should"
    # By a relative name: tar takes what stands before a colon for the name of a host.
    (cd -- "$work" && tar -xzf "$archive" "$2")
    binary=$work/$2
}

program=stacklint
case $RUNNER_OS/$RUNNER_ARCH in
    Linux/X64) target=x86_64-unknown-linux-musl ;;
    Linux/ARM64) target=aarch64-unknown-linux-musl ;;
    macOS/X64) target=x86_64-apple-darwin ;;
    macOS/ARM64) target=aarch64-apple-darwin ;;
    Windows/X64) target=x86_64-pc-windows-msvc program=stacklint.exe ;;
    *) target= ;;
esac

binary=
case $wanted in
    installed)
        binary=$(command -v stacklint) || fail 'the version is to be the installed one, but there is no stacklint on PATH'
        ;;
    source) build "stacklint is to be built from source" ;;
    *[!0-9A-Za-z.+-]* | [!0-9]* | '')
        fail "the input version is \"$wanted\" and must be a release such as $own, \"source\" or \"installed\""
        ;;
    *)
        if [ -z "$target" ]; then
            missing="there is no released binary for $RUNNER_OS on $RUNNER_ARCH"
        elif unpack "$target" "$program"; then
            missing=
        else
            missing="there is no release $wanted for $target"
        fi
        if [ -n "$missing" ]; then
            [ "$wanted" = "$own" ] || fail "$missing, and this action can build $own alone"
            [ -z "$STACKLINT_CHECKSUM" ] || fail "$missing, and what is built has no checksum"
            build "$missing"
        fi
        ;;
esac

says=$("$binary" --version)
echo "$says"
case $wanted in
    installed | source) ;;
    *) [ "$says" = "stacklint $wanted" ] || fail "what was installed as $wanted calls itself $says" ;;
esac
output binary "$binary"
output version "${says#stacklint }"
