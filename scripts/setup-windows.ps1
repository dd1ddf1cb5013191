<#
.SYNOPSIS
Makes Windows ready to deploy from WSL. Shows what it would do; does it with -Apply.

.DESCRIPTION
Parts, in order: windows (is it new enough), wsl (the Windows features), distro (a distribution to work in, on WSL 2), config
(%USERPROFILE%\.wslconfig), inside (scripts/setup-wsl.sh in the distribution) and editor (VS Code's WSL extension).
Doing it twice changes nothing. -Undo shows what can be taken back, with -Apply it is done; a distribution is never removed, since
that deletes its files: the command for it is shown. .wslconfig is changed only where -Config is given too, after the difference was
shown, and a copy of what was there is kept.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File scripts\setup-windows.ps1
.EXAMPLE
powershell -ExecutionPolicy Bypass -File scripts\setup-windows.ps1 -Apply -Distro Ubuntu
#>
[CmdletBinding()]
param(
    [switch]$Apply,
    [switch]$Undo,
    [switch]$Config,
    [ValidatePattern('^[a-zA-Z0-9._-]+$')]
    [string]$Distro,
    # powershell -File hands over "a,b" as one text, so the parts are taken apart and checked below.
    [string[]]$Part = @('windows', 'wsl', 'distro', 'config', 'inside', 'editor')
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
if (-not $env:SystemRoot) {
    Write-Output 'This is for Windows; on Linux run scripts/setup-wsl.sh.'
    exit 2
}
# wsl.exe prints UTF-16 unless told otherwise; builds before 0.64 do not listen, so NULs are taken out below.
$env:WSL_UTF8 = '1'
# A 32-bit PowerShell sees another folder as System32.
$script:System = if ($env:PROCESSOR_ARCHITEW6432) { 'Sysnative' } else { 'System32' }
$script:Wsl = Join-Path $env:SystemRoot "$($script:System)\wsl.exe"
$script:WslConfig = Join-Path $env:USERPROFILE '.wslconfig'
$script:Kept = Join-Path $env:LOCALAPPDATA 'code-engine\setup\wslconfig.before'
$script:Written = Join-Path $env:LOCALAPPDATA 'code-engine\setup\wslconfig.written'
$script:Wanted = $Distro
$script:MayConfigure = $Apply -and $Config
# The code of a wsl.exe that was given up.
$script:Silent = -2
$script:ListSeconds = 60
$script:LongSeconds = 3600
$script:Restart = $false
$script:Changes = 0
$script:Failures = 0

function Write-Fine([string]$Text) { Write-Output "[ok]     $Text" }
function Write-Advice([string]$Text) { Write-Output "[advice] $Text" }
function Write-Failure([string]$Text) {
    $script:Failures += 1
    Write-Output "[failed] $Text"
}
function Write-Change([string]$Text) {
    $script:Changes += 1
    if ($Apply) { Write-Output "[do]     $Text" } else { Write-Output "[would]  $Text" }
}

# Runs wsl.exe; gives its exit code and its text, whatever the encoding. Text for its standard input goes in as UTF-8 with line feeds.
function Invoke-Wsl([string[]]$Arguments, [int]$Seconds = $script:ListSeconds, [string]$Text) {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $script:Wsl
    $start.Arguments = ($Arguments | ForEach-Object { if ($_ -match '[\s"]') { '"' + ($_ -replace '"', '\"') + '"' } else { $_ } }) -join ' '
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [System.Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [System.Text.Encoding]::UTF8
    # A network folder as the current one makes wsl.exe complain.
    $start.WorkingDirectory = $env:SystemRoot
    $process = [System.Diagnostics.Process]::Start($start)
    $errors = $process.StandardError.ReadToEndAsync()
    $output = $process.StandardOutput.ReadToEndAsync()
    try {
        if ($Text) {
            $bytes = [System.Text.Encoding]::UTF8.GetBytes(($Text -replace "`r`n", "`n"))
            $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
        }
        $process.StandardInput.Close()
    }
    catch [System.IO.IOException] {
        # It ended before it read all: its code and its words say why.
        $null = $_
    }
    if (-not $process.WaitForExit($Seconds * 1000)) {
        $process.Kill()
        return [pscustomobject]@{ Code = $script:Silent; Text = "wsl.exe did not answer for $Seconds s; run `"wsl --shutdown`" and try again" }
    }
    $said = ($output.Result + $errors.Result) -replace "`0", '' -replace "`r", ''
    return [pscustomobject]@{ Code = $process.ExitCode; Text = $said.Trim() }
}

function Test-Administrator {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object System.Security.Principal.WindowsPrincipal($identity)
    return $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}

# The distributions, without those that container products made for themselves.
function Get-Distribution {
    if (-not (Test-Path -LiteralPath $script:Wsl)) { return @() }
    $list = Invoke-Wsl @('--list', '--verbose')
    $found = @()
    foreach ($line in $list.Text -split "`n") {
        if ($line -match '^\s*(\*?)\s*(\S+)\s{2,}(\S.*?)\s*([12])\s*$' -and $Matches[2] -notmatch '^(docker-desktop|rancher-desktop|podman-(machine|net)|finch|lima|colima)($|-)') {
            $found += [pscustomobject]@{ Name = $Matches[2]; State = $Matches[3].Trim(); Version = [int]$Matches[4]; Default = ($Matches[1] -eq '*') }
        }
    }
    return $found
}

function Get-Target {
    $all = @(Get-Distribution)
    if ($script:Wanted) { return $all | Where-Object { $_.Name -eq $script:Wanted } | Select-Object -First 1 }
    $default = $all | Where-Object { $_.Default } | Select-Object -First 1
    if ($default) { return $default }
    return $all | Select-Object -First 1
}

function Invoke-WindowsPart {
    $build = [System.Environment]::OSVersion.Version.Build
    if ($build -ge 19041) { Write-Fine "windows: build $build" }
    else { Write-Failure "windows: build $build is older than 19041 (Windows 10 2004), which WSL 2 needs; update Windows first" }
}

function Invoke-WslPart {
    if (Test-Path -LiteralPath $script:Wsl) {
        $status = Invoke-Wsl @('--status')
        if ($status.Code -eq $script:Silent) { $script:Restart = $true; Write-Failure "wsl: $($status.Text)"; return }
        # Builds that do not know --status have a distribution, or nothing that counts.
        if ($status.Code -eq 0 -or @(Get-Distribution).Count -gt 0) { Write-Fine 'wsl: it is installed'; return }
    }
    Write-Change 'wsl: run "wsl --install --no-distribution" (as administrator; Windows has to be restarted after it)'
    if (-not $Apply) { return }
    $script:Restart = $true
    if (-not (Test-Path -LiteralPath $script:Wsl)) { Write-Failure 'wsl: this Windows has no wsl.exe; update Windows, or turn on "Windows Subsystem for Linux" under its features'; return }
    if (-not (Test-Administrator)) { Write-Failure 'wsl: start PowerShell as administrator and run this again'; return }
    $done = Invoke-Wsl -Arguments @('--install', '--no-distribution') -Seconds $script:LongSeconds
    if ($done.Code -ne 0) { Write-Failure "wsl: $($done.Text)" } else { Write-Advice 'wsl: restart Windows, then run this again for the rest' }
}

function Invoke-DistroPart {
    $target = Get-Target
    if (-not $target) {
        $name = if ($script:Wanted) { $script:Wanted } else { 'Ubuntu' }
        Write-Change "distro: run `"wsl --install -d $name --no-launch`""
        if (-not $Apply) { return }
        $done = Invoke-Wsl -Arguments @('--install', '-d', $name, '--no-launch') -Seconds $script:LongSeconds
        if ($done.Code -ne 0) { Write-Failure "distro: $($done.Text)" }
        else { Write-Advice "distro: run `"wsl -d $name`" once and choose the name of your Linux user, then run this again for the rest" }
        return
    }
    if ($target.Version -eq 2) { Write-Fine "distro: $($target.Name) on WSL 2"; return }
    # Converting takes minutes and stops what runs inside: only shown.
    Write-Advice "distro: $($target.Name) is on WSL 1; `"wsl --set-version $($target.Name) 2`" converts it (minutes; close what runs in it)"
}

# Byte by byte, so that what is kept stays what it was in whatever encoding.
function Get-ConfigText {
    if (-not (Test-Path -LiteralPath $script:WslConfig)) { return '' }
    return [System.Text.Encoding]::GetEncoding(28591).GetString([System.IO.File]::ReadAllBytes($script:WslConfig))
}

# .wslconfig with the memory set, everything else as it is.
function Get-WantedConfig([string]$Before, [int]$Memory) {
    $line = "memory=${Memory}GB"
    $section = [regex]'(?im)^(\s*\[wsl2\][^\r\n]*)'
    if ($section.IsMatch($Before)) { return $section.Replace($Before, "`$1`r`n$line", 1) }
    $gap = if ($Before -eq '' -or $Before.EndsWith("`n")) { '' } else { "`r`n" }
    return "$Before$gap[wsl2]`r`n$line`r`n"
}

function Invoke-ConfigPart {
    $before = Get-ConfigText
    if ($before.Contains("`0")) { Write-Advice "config: $($script:WslConfig) is in UTF-16; look after its memory by hand"; return }
    if ($before -match '(?im)^\s*memory\s*=') { Write-Fine "config: $($script:WslConfig) sets the memory already"; return }
    $total = [int][math]::Round((Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory / 1073741824)
    # WSL takes half of the machine's by itself; clusters and builds want 8 GiB, and Windows 4 for itself.
    $memory = [math]::Min(8, $total - 4)
    if ($memory -le [math]::Floor($total / 2)) { Write-Fine "config: WSL may use half of the $total GiB by itself"; return }
    if ($Config) { Write-Change "config: change $($script:WslConfig), then: wsl --shutdown" }
    else { Write-Advice "config: clusters and builds want memory; -Apply -Config would change $($script:WslConfig):" }
    if ($before -notmatch '(?im)^\s*\[wsl2\]') { Write-Output '         +[wsl2]' }
    Write-Output "         +memory=${memory}GB"
    if (-not $script:MayConfigure) { return }
    $null = New-Item -ItemType Directory -Force -Path (Split-Path $script:Kept)
    $latin = [System.Text.Encoding]::GetEncoding(28591)
    [System.IO.File]::WriteAllBytes($script:Kept, $latin.GetBytes($before))
    $after = $latin.GetBytes((Get-WantedConfig $before $memory))
    [System.IO.File]::WriteAllBytes($script:WslConfig, $after)
    [System.IO.File]::WriteAllBytes($script:Written, $after)
}

function Invoke-InsidePart {
    $target = Get-Target
    if (-not $target) { Write-Advice 'inside: there is no distribution yet'; return }
    $file = Join-Path $PSScriptRoot 'setup-wsl.sh'
    if (-not (Test-Path -LiteralPath $file)) { Write-Failure "inside: $file is not there"; return }
    # Windows puts a mark before the text where the console is set to UTF-8: it goes with the first line.
    $arguments = @('-d', $target.Name, '-u', 'root', '--cd', '/', '-e', '/bin/sh', '-c', 'tail -n +2 | /bin/sh -s -- "$@"', 'sh')
    if ($Apply) { $arguments += '--apply' }
    if ($Undo) { $arguments += '--undo' }
    Write-Output "inside $($target.Name) (with -Apply this takes some minutes):"
    $done = Invoke-Wsl -Arguments $arguments -Seconds $script:LongSeconds -Text ("`n" + [System.IO.File]::ReadAllText($file))
    foreach ($line in $done.Text -split "`n") { Write-Output "  $line" }
    if ($done.Code -ne 0) { Write-Failure "inside: setup-wsl.sh ended with $($done.Code)" }
}

function Invoke-EditorPart {
    $code = Get-Command code -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $code) { Write-Advice 'editor: VS Code is not on the PATH; https://code.visualstudio.com'; return }
    $extensions = @(& $code.Source --list-extensions)
    if ($extensions -contains 'ms-vscode-remote.remote-wsl') { Write-Fine 'editor: VS Code with its WSL extension'; return }
    Write-Change 'editor: run "code --install-extension ms-vscode-remote.remote-wsl"'
    if (-not $Apply) { return }
    & $code.Source --install-extension ms-vscode-remote.remote-wsl
    if ($LASTEXITCODE -ne 0) { Write-Failure "editor: it ended with $LASTEXITCODE" }
}

# What was changed since stays.
function Test-Unchanged {
    if (-not ((Test-Path -LiteralPath $script:WslConfig) -and (Test-Path -LiteralPath $script:Written))) { return $false }
    return [System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($script:WslConfig)) -eq [System.Convert]::ToBase64String([System.IO.File]::ReadAllBytes($script:Written))
}

function Invoke-UndoPart {
    if (-not (Test-Path -LiteralPath $script:Kept)) { Write-Fine 'config: .wslconfig was not changed by this script' }
    elseif (-not (Test-Unchanged)) { Write-Failure "config: $($script:WslConfig) was changed since; it stays, and what was there before is in $($script:Kept)" }
    else {
        Write-Change "config: put back $($script:WslConfig) as it was"
        if ($Apply) {
            if ((Get-Item -LiteralPath $script:Kept).Length -eq 0) { Remove-Item -LiteralPath $script:WslConfig } else { Copy-Item -LiteralPath $script:Kept -Destination $script:WslConfig -Force }
            Remove-Item -LiteralPath $script:Kept, $script:Written
        }
    }
    if (Get-Target) { Invoke-InsidePart }
    elseif ($script:Wanted) { Write-Failure "inside: there is no distribution $($script:Wanted)" }
    Write-Advice 'distro: "wsl --unregister NAME" removes a distribution AND ALL ITS FILES; "wsl --export NAME FILE" saves them first'
    Write-Advice 'wsl: "wsl --uninstall" removes WSL'
}

$known = @('windows', 'wsl', 'distro', 'config', 'inside', 'editor')
$parts = @($Part | ForEach-Object { $_ -split ',' } | ForEach-Object { $_.Trim() })
$strange = @($parts | Where-Object { $known -notcontains $_ })
if ($strange.Count -gt 0) {
    Write-Output "setup-windows.ps1: there is no part $($strange -join ', '); there are $($known -join ', ')."
    exit 2
}
if ($Undo) { Invoke-UndoPart }
else {
    foreach ($name in $parts) {
        switch ($name) {
            'windows' { Invoke-WindowsPart }
            'wsl' { Invoke-WslPart }
            'distro' { if (-not $script:Restart) { Invoke-DistroPart } }
            'config' { Invoke-ConfigPart }
            'inside' { if (-not $script:Restart) { Invoke-InsidePart } }
            'editor' { Invoke-EditorPart }
        }
    }
}
if ($script:Failures -gt 0) { exit 1 }
if ($script:Changes -gt 0 -and -not $Apply) { Write-Output "$($script:Changes) changes to make; add -Apply to make them." }
