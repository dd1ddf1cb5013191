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
    [ValidateSet('windows', 'wsl', 'distro', 'config', 'inside', 'editor')]
    [string[]]$Part = @('windows', 'wsl', 'distro', 'config', 'inside', 'editor')
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
# wsl.exe prints UTF-16 unless told otherwise; builds before 0.64 do not listen, so NULs are taken out below.
$env:WSL_UTF8 = '1'
$script:Wsl = Join-Path $env:SystemRoot 'System32\wsl.exe'
$script:WslConfig = Join-Path $env:USERPROFILE '.wslconfig'
$script:Kept = Join-Path $env:LOCALAPPDATA 'code-engine\setup\wslconfig.before'
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
function Invoke-Wsl([string[]]$Arguments, [string]$Text) {
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $script:Wsl
    $start.Arguments = ($Arguments | ForEach-Object { if ($_ -match '[\s"]') { '"' + ($_ -replace '"', '\"') + '"' } else { $_ } }) -join ' '
    $start.UseShellExecute = $false
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
    if ($Text) {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes(($Text -replace "`r`n", "`n"))
        $process.StandardInput.BaseStream.Write($bytes, 0, $bytes.Length)
    }
    $process.StandardInput.Close()
    $process.WaitForExit()
    $said = ($output.Result + $errors.Result) -replace "`0", '' -replace "`r", ''
    return [pscustomobject]@{ Code = $process.ExitCode; Text = $said }
}

function Test-Administrator {
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object System.Security.Principal.WindowsPrincipal($identity)
    return $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}

# The distributions, without those that container products made for themselves.
function Get-Distribution {
    if (-not (Test-Path $script:Wsl)) { return @() }
    $list = Invoke-Wsl @('--list', '--verbose')
    $found = @()
    foreach ($line in $list.Text -split "`n") {
        if ($line -match '^\s*(\*?)\s*(\S+)\s{2,}(\S.*?)\s*([12])\s*$' -and $Matches[2] -notmatch '^(docker-desktop|rancher-desktop|podman-)') {
            $found += [pscustomobject]@{ Name = $Matches[2]; State = $Matches[3].Trim(); Version = [int]$Matches[4]; Default = ($Matches[1] -eq '*') }
        }
    }
    return $found
}

function Get-Target {
    $all = @(Get-Distribution)
    if ($Distro) { return $all | Where-Object { $_.Name -eq $Distro } | Select-Object -First 1 }
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
    if ((Test-Path $script:Wsl) -and (Invoke-Wsl @('--status')).Code -eq 0) { Write-Fine 'wsl: it is installed'; return }
    Write-Change 'wsl: run "wsl --install --no-distribution" (as administrator; Windows has to be restarted after it)'
    if (-not $Apply) { return }
    if (-not (Test-Administrator)) { Write-Failure 'wsl: start PowerShell as administrator and run this again'; return }
    $done = Invoke-Wsl @('--install', '--no-distribution')
    if ($done.Code -ne 0) { Write-Failure "wsl: $($done.Text.Trim())" } else { Write-Advice 'wsl: restart Windows, then run this again' }
}

function Invoke-DistroPart {
    $target = Get-Target
    if (-not $target) {
        $name = if ($Distro) { $Distro } else { 'Ubuntu' }
        Write-Change "distro: run `"wsl --install -d $name --no-launch`""
        if (-not $Apply) { return }
        $done = Invoke-Wsl @('--install', '-d', $name, '--no-launch')
        if ($done.Code -ne 0) { Write-Failure "distro: $($done.Text.Trim())" }
        return
    }
    if ($target.Version -eq 2) { Write-Fine "distro: $($target.Name) on WSL 2"; return }
    # Converting takes minutes and stops what runs inside: only shown.
    Write-Advice "distro: $($target.Name) is on WSL 1; `"wsl --set-version $($target.Name) 2`" converts it (minutes; close what runs in it)"
}

# The lines that .wslconfig should have, with everything that is there kept.
function Get-WantedConfig([string[]]$Lines) {
    $memory = [math]::Max(4, [math]::Floor((Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory / 2147483648)) # half of it, in GiB
    $wanted = New-Object System.Collections.Generic.List[string]
    if ($Lines) { $wanted.AddRange($Lines) }
    if (($Lines -match '^\s*memory\s*=').Count -gt 0) { return $wanted }
    for ($index = 0; $index -lt $wanted.Count; $index++) {
        if ($wanted[$index] -match '^\s*\[wsl2\]') { $wanted.Insert($index + 1, "memory=${memory}GB"); return $wanted }
    }
    $wanted.Add('[wsl2]')
    $wanted.Add("memory=${memory}GB")
    return $wanted
}

function Invoke-ConfigPart {
    $before = @()
    if (Test-Path $script:WslConfig) { $before = @(Get-Content $script:WslConfig) }
    $after = @(Get-WantedConfig $before)
    $added = @($after | Where-Object { $before -notcontains $_ })
    if ($added.Count -eq 0) { Write-Fine "config: $($script:WslConfig) sets the memory already"; return }
    if ($Config) { Write-Change "config: change $($script:WslConfig), then: wsl --shutdown" }
    else { Write-Advice "config: clusters and builds want memory; -Apply -Config would change $($script:WslConfig):" }
    foreach ($line in $added) { Write-Output "         +$line" }
    if (-not ($Apply -and $Config)) { return }
    $folder = Split-Path $script:Kept
    if (-not (Test-Path $folder)) { $null = New-Item -ItemType Directory -Path $folder }
    if (Test-Path $script:WslConfig) { Copy-Item $script:WslConfig $script:Kept } else { Set-Content -Path $script:Kept -Value '' -NoNewline }
    Set-Content -Path $script:WslConfig -Value $after -Encoding ascii
}

function Invoke-InsidePart {
    $target = Get-Target
    if (-not $target) { Write-Advice 'inside: there is no distribution yet'; return }
    $file = Join-Path $PSScriptRoot 'setup-wsl.sh'
    if (-not (Test-Path $file)) { Write-Failure "inside: $file is not there"; return }
    $arguments = @('-d', $target.Name, '-u', 'root', '--cd', '/', '-e', '/bin/sh', '-s', '--')
    if ($Apply) { $arguments += '--apply' }
    if ($Undo) { $arguments += '--undo' }
    $done = Invoke-Wsl $arguments ([System.IO.File]::ReadAllText($file))
    Write-Output "inside $($target.Name):"
    foreach ($line in $done.Text.TrimEnd() -split "`n") { Write-Output "  $line" }
    if ($done.Code -ne 0) { $script:Failures += 1 }
}

function Invoke-EditorPart {
    $code = Get-Command code -ErrorAction SilentlyContinue
    if (-not $code) { Write-Advice 'editor: VS Code is not on the PATH; https://code.visualstudio.com'; return }
    $extensions = & $code.Source --list-extensions
    if ($extensions -contains 'ms-vscode-remote.remote-wsl') { Write-Fine 'editor: VS Code with its WSL extension'; return }
    Write-Change 'editor: run "code --install-extension ms-vscode-remote.remote-wsl"'
    if ($Apply) { & $code.Source --install-extension ms-vscode-remote.remote-wsl }
}

function Invoke-UndoPart {
    if (Test-Path $script:Kept) {
        Write-Change "config: put back $($script:WslConfig) as it was"
        if ($Apply) {
            if ((Get-Item $script:Kept).Length -eq 0) { Remove-Item $script:WslConfig } else { Copy-Item $script:Kept $script:WslConfig }
            Remove-Item $script:Kept
        }
    }
    else { Write-Fine 'config: .wslconfig was not changed by this script' }
    if (Get-Target) { Invoke-InsidePart }
    Write-Advice 'distro: "wsl --unregister NAME" removes a distribution AND ALL ITS FILES; "wsl --export NAME FILE" saves them first'
    Write-Advice 'wsl: "wsl --uninstall" removes WSL'
}

if ($Undo) { Invoke-UndoPart }
else {
    foreach ($name in $Part) {
        switch ($name) {
            'windows' { Invoke-WindowsPart }
            'wsl' { Invoke-WslPart }
            'distro' { Invoke-DistroPart }
            'config' { Invoke-ConfigPart }
            'inside' { Invoke-InsidePart }
            'editor' { Invoke-EditorPart }
        }
    }
}
if ($script:Failures -gt 0) { exit 1 }
if ($script:Changes -gt 0 -and -not $Apply) { Write-Output "$($script:Changes) changes to make; add -Apply to make them." }
