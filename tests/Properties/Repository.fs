namespace Canon.Properties

open System
open System.IO

/// The files of the project, wherever the tests run.
[<RequireQualifiedAccess>]
module Repository =

    let rec private above (folder: string) =
        if File.Exists(Path.Combine(folder, "Canon.sln")) then
            folder
        else
            above (Path.GetFullPath(Path.Combine(folder, "..")))

    let root = above AppContext.BaseDirectory

    let file parts =
        Path.Combine(Array.ofList (root :: parts))
