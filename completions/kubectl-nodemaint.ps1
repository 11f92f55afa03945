# PowerShell completion for kubectl-nodemaint.
#
# For `kubectl nodemaint ...` kubectl's own completion asks kubectl_complete-nodemaint instead:
# kubectl nodemaint completion install

Register-ArgumentCompleter -Native -CommandName 'kubectl-nodemaint' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].ToString()
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') {
        # Before 7.3 an empty argument is lost unless it carries its own quotes.
        $words += if ($PSVersionTable.PSVersion -lt [version]'7.3') { '""' } else { '' }
    }
    $prefix = if ($wordToComplete -match '^-[^=]*=') { $Matches[0] } else { '' }
    & $program __complete @words 2>$null | Where-Object { $_ -notmatch '^:\d+$' } | ForEach-Object {
        $name, $text = $_ -split "`t", 2
        if (-not $text) { $text = $name }
        [System.Management.Automation.CompletionResult]::new("$prefix$name", $name, 'ParameterValue', $text)
    }
}
