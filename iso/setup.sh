# Sourced by run, mkiso, test and .ci/run: what this machine needs, and putting it there. Everything is safe to repeat.
# It expects to be sourced with the repository as the working directory.

say() { printf '\033[2m--\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 2; }

# Name of a Debian package for each thing that the build and the tests call.
multicosm_packages=(nasm binutils grub-pc-bin grub-efi-amd64-bin grub-common xorriso mtools bochs bochsbios vgabios
    qemu-system-x86 seabios ovmf gdb acpica-tools busybox-static cpio gcc libc6-dev gzip xz-utils zstd lz4)

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root rights are needed to run: $*"
    fi
}

# Installs what is missing, and only that.
setup_packages()
{
    command -v dpkg-query >/dev/null || fail "this is not a Debian system; needed: ${multicosm_packages[*]}"
    local missing
    missing=$(for package in "${multicosm_packages[@]}"; do
        [ -e "/var/lib/dpkg/info/$package.list" ] || [ -e "/var/lib/dpkg/info/$package:amd64.list" ] || echo "$package"
    done)
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "root rights or sudo are needed to install:" $missing
    say "installing packages:" $missing
    local log=out/setup.log
    mkdir -p out
    if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
           apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -20 "$log" >&2
        fail "apt-get could not install:" $missing "(whole log: $log)"
    fi
    say "packages installed"
}

setup_dotnet()
{
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
    command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing: https://dotnet.microsoft.com/download"
    case $(dotnet --version 2>/dev/null) in
        10.*) ;;
        *) fail "the .NET SDK 10 is missing; found: $(dotnet --version 2>&1 | head -1)" ;;
    esac
}

# Everything that decides what a build makes; a list of names and times is enough to see a change.
source_state()
{
    local folder folders=()
    for folder in Cosmos.Kernel Devices Vmx Paravirt iso tests; do
        [ ! -d "$folder" ] || folders+=("$folder")
    done
    find "${folders[@]}" Directory.* Build.targets global.json .editorconfig \( -name bin -o -name obj \) -prune \
        -o -type f -not -path 'iso/guests/*' -printf '%p %T@ %s\n' | LC_ALL=C sort
}

# build PROJECT RESULT [ARGUMENT...]: builds the project unless its result is there and nothing changed since the last time.
build()
{
    local project=$1 result=$2 stamp=out/stamps/${2//\//-} state
    shift 2
    state=$(source_state)
    if [ -e "$result" ] && [ -e "$stamp" ] && [ "$state" = "$(cat "$stamp")" ]; then
        return 0
    fi
    setup_dotnet
    mkdir -p out/stamps
    say "building $project"
    if ! dotnet build "$project" -v quiet -nologo "$@" >out/build.log 2>&1; then
        { grep -E 'error|warn' out/build.log || tail -30 out/build.log; } | sort -u | head -30 >&2
        fail "$project does not build (whole log: out/build.log)"
    fi
    [ -e "$result" ] || fail "the build of $project did not make $result"
    printf '%s' "$state" > "$stamp"
}

build_kernel() { build Cosmos.Kernel/Entry out/kernel/multicosm.elf; }

# The kernels that only tests boot: one that can be made to fault, and the self-tests.
build_test_kernels()
{
    build Cosmos.Kernel/Entry out/kernel-fault/multicosm.elf -p:KernelFlavour=-fault
    build tests/Kernels/SelfTest out/kernel-selftest/multicosm.elf
}

# build_program FOLDER: a program or a test program, by the name of its folder.
build_program() { build "$1" "$(program_of "$1")"; }

program_of() { echo "$1/bin/Debug/net10.0/Multicosm.$(basename "$1").dll"; }
