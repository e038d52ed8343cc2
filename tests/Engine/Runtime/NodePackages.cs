using System.ComponentModel;
using System.Diagnostics;

namespace Canon.Tests.Engine;

/// <summary>The packages that a folder's lock file names, installed beside it.</summary>
internal static class NodePackages
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>Installs what the lock file names, unless it is there; answers what went wrong, null where nothing did.</summary>
    public static string? Install(string folder)
    {
        // npm writes it last, so it is there only when all the rest is.
        var installed = new FileInfo(Path.Combine(folder, "node_modules/.package-lock.json"));
        if (installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(folder, "package-lock.json")))
            return null;

        // Install scripts would only fetch more: the packages hold what is needed.
        return Run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error") is { } problem
            ? $"npm ci failed in {folder}: {problem}"
            : null;
    }

    /// <summary>Whether a program can be run; answers why not, null where it can.</summary>
    public static string? Find(string program) =>
        Run(AppContext.BaseDirectory, program, "--version") is { } problem ? $"{program} cannot be run: {problem}" : null;

    private static string? Run(string folder, string program, params string[] arguments)
    {
        // On Windows npm is a script, which only the shell finds.
        string[] command = OperatingSystem.IsWindows() ? ["cmd.exe", "/c", program, .. arguments] : [program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ONNXRUNTIME_NODE_INSTALL_CUDA"] = "skip" },
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(_limit))
            {
                process.Kill(entireProcessTree: true);
                return $"no end after {_limit.TotalMinutes} minutes";
            }

            return process.ExitCode == 0 ? null : $"exit code {process.ExitCode}: {error.Result.Trim()} {output.Result.Trim()}";
        }
        catch (Win32Exception failure)
        {
            return failure.Message;
        }
    }
}
