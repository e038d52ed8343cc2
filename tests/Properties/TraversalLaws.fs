module Canon.Properties.TraversalLaws

open Canon.Algebra
open Canon.Verification
open Xunit

let private mapped f network =
    match Traversal.mapChildren (f >> Ok) network with
    | Ok network -> network
    | Error(never: unit) ->
        never
        network

let private mappedBottomUp f network =
    match Traversal.mapBottomUp (f >> Ok) network with
    | Ok network -> network
    | Error(never: unit) ->
        never
        network

/// Two functions on terms that change some of them.
let private leak term =
    match term with
    | Activation(Relu, label) -> Activation(LeakyRelu 0.1, label)
    | other -> other

let private double term =
    match term with
    | Activation(LeakyRelu _, _) -> Compose [ term; term ]
    | other -> other

[<Fact>]
let ``Mapping the identity over children changes nothing`` () =
    Law.forAll Networks.any (fun sample -> Assert.Equal(sample.Network, mapped id sample.Network))

[<Fact>]
let ``Mapping two functions over children is mapping their composition`` () =
    Law.forAll Networks.any (fun sample ->
        Assert.Equal(mapped (leak >> double) sample.Network, mapped double (mapped leak sample.Network)))

[<Fact>]
let ``Mapping the identity from the leaves up changes nothing`` () =
    Law.forAll Networks.any (fun sample -> Assert.Equal(sample.Network, mappedBottomUp id sample.Network))

[<Fact>]
let ``A mapping that cannot fail maps from the leaves up`` () =
    Law.forAll Networks.any (fun sample ->
        Assert.Equal(mappedBottomUp (leak >> double) sample.Network, Traversal.map (leak >> double) sample.Network))

[<Fact>]
let ``The first error stops a mapping`` () =
    Law.forAll Networks.any (fun sample ->
        let children = Traversal.children sample.Network

        let expected =
            List.tryHead children
            |> Option.map Error
            |> Option.defaultValue (Ok sample.Network)

        Assert.Equal(expected, Traversal.mapChildren Error sample.Network))

[<Fact>]
let ``A network has its children again when they are put back`` () =
    Law.forAll Networks.any (fun sample ->
        Assert.Equal(sample.Network, Traversal.withChildren (Traversal.children sample.Network) sample.Network))

[<Fact>]
let ``The size is one and the sizes of the children`` () =
    Law.forAll Networks.any (fun sample ->
        let inner = Traversal.children sample.Network |> List.sumBy Traversal.size
        Assert.Equal(1 + inner, Traversal.size sample.Network))

[<Fact>]
let ``Parameters are numbered in the order of their first use`` () =
    // The drawn weights and slopes are numbered as they are built, from input to output, but for closing layers.
    Law.forAll Networks.sequential (fun sample ->
        let numbers =
            Traversal.parameters sample.Network |> List.map (fun p -> int p.Name[1..])

        Assert.Equal<int list>(List.sort numbers, numbers))

[<Fact>]
let ``Canonicalisation keeps the parameters`` () =
    Law.forAll Networks.any (fun sample ->
        let canonical = Canonical.derive sample.Options sample.Network |> Law.ok

        // A fold gives the layer the parameters of the diagonal that it takes up.
        Assert.Equal<Parameter list>(
            Traversal.parameters sample.Network |> List.sortBy _.Name,
            Traversal.parameters canonical.Result |> List.sortBy _.Name
        ))

[<Fact>]
let ``Only named inputs are free wires`` () =
    Law.forAll Networks.any (fun sample ->
        let reads =
            Traversal.fold (fun found term -> found || term = Wire Build.asideName) false sample.Network

        Assert.Equal<string list>((if reads then [ Build.asideName ] else []), Traversal.freeWires sample.Network))

[<Fact>]
let ``A wire is free before its name is given and bound behind it`` () =
    let network =
        Network.compose [ Wire "x"; As "x"; Wire "y"; Network.sum [ Wire "x"; Wire "y" ] "" ]

    Assert.Equal<string list>([ "x"; "y" ], Traversal.freeWires network)
    Assert.Equal<string list>([ "y" ], Traversal.freeWires (Network.compose (List.tail (Network.parts network))))

[<Fact>]
let ``A name given in a branch holds in that branch alone`` () =
    let network =
        Network.compose
            [ Network.sum [ Network.compose [ As "x"; Wire "x" ]; Network.identity ] ""
              Wire "x" ]

    Assert.Equal<string list>([ "x" ], Traversal.freeWires network)

[<Fact>]
let ``Compositions are flat`` () =
    Law.forAll Networks.any (fun sample ->
        let flat term =
            match term with
            | Compose parts -> parts.Length <> 1 && parts |> List.forall (fun p -> not p.IsCompose)
            | _ -> true

        Assert.True(Traversal.fold (fun all term -> all && flat term) true sample.Network)
        let canonical = Canonical.derive sample.Options sample.Network |> Law.ok
        Assert.True(Traversal.fold (fun all term -> all && flat term) true canonical.Result))
