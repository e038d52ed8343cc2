namespace Canon.Algebra.Training

open System
open Canon.Algebra

[<NoEquality; NoComparison>]
type Split =
    { Train: Samples
      Validation: Samples
      Test: Samples }

[<NoEquality; NoComparison>]
type Dataset =
    { Name: string
      Description: string
      Inputs: int
      Classes: int
      Draw: int -> Split }

[<RequireQualifiedAccess>]
module Dataset =

    let private samples (inputs: float[][]) classes =
        { Input = Signal.create inputs.Length [] inputs[0].Length (Array.concat inputs)
          Targets = Targets.Classes classes }

    let private generated' name description classes sizes (point: Random -> int -> float[]) =
        let part (random: Random) count =
            let labels = Array.init count (fun i -> i % classes)
            samples (labels |> Array.map (point random)) labels

        { Name = name
          Description = description
          Inputs = 2
          Classes = classes
          Draw =
            fun seed ->
                let random = Random(7919 * seed + 1)
                let train, validation, test = sizes

                { Train = part random train
                  Validation = part random validation
                  Test = part random test } }

    let moons =
        generated'
            "moons"
            "two half circles with noise; 100 / 200 / 2000 samples"
            2
            (100, 200, 2000)
            (fun random label ->
                let angle = Math.PI * random.NextDouble()
                let x, y = Math.Cos angle, Math.Sin angle
                let x, y = if label = 0 then x, y else 1.0 - x, 0.5 - y
                [| x + 0.25 * Normal.next random; y + 0.25 * Normal.next random |])

    let spirals =
        generated'
            "spirals"
            "three arms of a spiral with noise; 150 / 300 / 2000 samples"
            3
            (150, 300, 2000)
            (fun random label ->
                let radius = 0.1 + 0.9 * random.NextDouble()

                let angle =
                    4.0 * radius + 2.0 * Math.PI * float label / 3.0 + 0.2 * Normal.next random

                [| 2.0 * radius * Math.Cos angle; 2.0 * radius * Math.Sin angle |])

    let generated = [ moons; spirals ]

    let ofTable name description (inputs: float[][]) (classes: int[]) train validation noise =
        if
            inputs.Length <> classes.Length
            || train < 1
            || validation < 1
            || train + validation >= inputs.Length
        then
            invalidArg
                (nameof inputs)
                $"{name}: {inputs.Length} samples are too few for {train} and {validation} and some to judge by"

        let count = Array.max classes + 1

        if Array.min classes < 0 then
            invalidArg (nameof classes) $"{name}: classes count from 0"

        let draw seed =
            let random = Random(7919 * seed + 2)
            let order = [| 0 .. inputs.Length - 1 |]
            random.Shuffle order

            let part first length noise =
                let chosen = Array.sub order first length

                samples
                    (chosen |> Array.map (fun i -> inputs[i]))
                    (chosen
                     |> Array.map (fun i -> if random.NextDouble() < noise then random.Next count else classes[i]))

            { Train = part 0 train noise
              Validation = part train validation noise
              Test = part (train + validation) (inputs.Length - train - validation) 0.0 }

        { Name = name
          Description = description
          Inputs = inputs[0].Length
          Classes = count
          Draw = draw }
