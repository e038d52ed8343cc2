namespace Canon.Algebra

open System
open System.Buffers
open System.Text
open System.Text.Json

[<RequireQualifiedAccess>]
module GaugeDocument =

    let private isOne (factors: Magnitude[]) =
        factors |> Array.forall ((=) Magnitude.One)

    let private stays (sources: int[]) =
        sources |> Array.indexed |> Array.forall (fun (place, source) -> place = source)

    let private shares (rescaling: Rescaling) = rescaling.Shares @ rescaling.Carried

    let private factorsOf gauge isCarried (share: Share) =
        if isCarried then
            struct (Array.map (fun _ -> Magnitude.One) share.Rows, None)
        else
            Gauge.factors 1 gauge share

    let write (gauge: Gauge) =
        Fail.guard (fun () ->
            let buffer = ArrayBufferWriter<byte>()

            let side (json: Utf8JsonWriter) (key: string) name factors sources =
                if not (isOne factors && stays sources) then
                    json.WriteStartObject key

                    if not (isOne factors) then
                        json.WriteStartArray "factors"

                        for factor in factors do
                            let number = Magnitude.toFloat factor

                            if number = 0.0 || Double.IsInfinity number then
                                Fail.because (OutOfRange(name, $"a factor is {factor}"))

                            json.WriteNumberValue number

                        json.WriteEndArray()

                    if not (stays sources) then
                        json.WriteStartArray "from"
                        Array.iter (fun (source: int) -> json.WriteNumberValue source) sources
                        json.WriteEndArray()

                    json.WriteEndObject()

            do
                use json = new Utf8JsonWriter(buffer)
                json.WriteStartObject()
                json.WriteStartArray "tensors"

                let tensor isCarried (share: Share) =
                    let struct (rows, columns) = factorsOf gauge isCarried share
                    let struct (rowSources, columnSources) = Gauge.sources gauge share
                    let columns = defaultArg columns [||]
                    let columnSources = defaultArg columnSources [||]

                    if not (isOne rows && isOne columns && stays rowSources && stays columnSources) then
                        json.WriteStartObject()
                        json.WriteString("name", share.Parameter.Name)
                        side json "rows" share.Parameter.Name rows rowSources
                        side json "columns" share.Parameter.Name columns columnSources
                        json.WriteEndObject()

                List.iter (tensor false) gauge.Rescaling.Shares
                List.iter (tensor true) gauge.Rescaling.Carried
                json.WriteEndArray()
                json.WriteEndObject()

            Encoding.UTF8.GetString buffer.WrittenSpan)

    exception private Wrong of string

    let private wrong reason : 'a = raise (Wrong reason)

    let private tryMember (name: string) (element: JsonElement) =
        if element.ValueKind <> JsonValueKind.Object then
            wrong $"an object with {name} is expected"

        match element.TryGetProperty name with
        | true, value -> Some value
        | false, _ -> None

    let private items name (element: JsonElement) =
        if element.ValueKind <> JsonValueKind.Array then
            wrong $"{name} is no array"

        List.ofSeq (element.EnumerateArray())

    /// The factors and the places of one side, as many as there are channels.
    let private side name key count (tensor: JsonElement) =
        let part = tryMember key tensor

        let read what convert =
            part
            |> Option.bind (tryMember what)
            |> Option.map (fun array ->
                let values =
                    items what array
                    |> List.map (fun value ->
                        if value.ValueKind = JsonValueKind.Number then
                            convert value
                        else
                            wrong $"{name}: {what} has something that is no number")

                if values.Length <> count then
                    wrong $"{name}: {values.Length} {what} for {count} {key}"

                Array.ofList values)

        let factors =
            read "factors" (fun value ->
                let number = value.GetDouble()

                if Double.IsFinite number && number > 0.0 then
                    Magnitude.ofFloat number
                else
                    wrong $"{name}: a factor is {number}; factors are positive")

        let sources =
            read "from" (fun value ->
                match value.TryGetInt32() with
                | true, place when place >= 0 && place < count -> place
                | _ -> wrong $"{name}: {value} is no place among {count} {key}")

        struct (factors |> Option.defaultWith (fun () -> Array.create count Magnitude.One),
                sources |> Option.defaultWith (fun () -> Array.init count id))

    let private isNear (a: Magnitude) (b: Magnitude) =
        abs (Magnitude.log2 a - Magnitude.log2 b) <= 1e-12

    let private ofTensors (rescaling: Rescaling) (tensors: JsonElement list) =
        let named =
            tensors
            |> List.map (fun tensor ->
                match tryMember "name" tensor with
                | Some name when name.ValueKind = JsonValueKind.String -> name.GetString() |> string, tensor
                | _ -> wrong "a tensor has no name")

        for name, _ in named do
            if shares rescaling |> List.forall (fun share -> share.Parameter.Name <> name) then
                wrong $"no tensor {name} of the network can be rescaled or put in another order"

        let named = Map.ofList named
        let empty = JsonDocument.Parse("{}").RootElement
        let identity = Gauge.identity rescaling
        let factors, order = Array.copy identity.Factors, Array.copy identity.Order

        let sides (share: Share) =
            let name = share.Parameter.Name
            let tensor = Map.tryFind name named |> Option.defaultValue empty
            let columns = share.Columns |> Option.map _.Length |> Option.defaultValue 0
            struct (side name "rows" share.Rows.Length tensor, side name "columns" columns tensor)

        for share in shares rescaling do
            let struct (struct (rows, sources), _) = sides share

            sources
            |> Array.iteri (fun place source ->
                order[share.Rows[source].Unit] <- share.Rows[place].Unit

                if share.Rows[source].Degree = 1 && not share.IsBias then
                    factors[share.Rows[source].Class] <- rows[place])

        match Gauge.create factors order rescaling with
        | Error reason -> wrong reason
        | Ok gauge ->
            let require isCarried (share: Share) =
                let struct (struct (rows, rowSources), struct (columns, columnSources)) = sides share
                let struct (madeRows, madeColumns) = factorsOf gauge isCarried share
                let struct (madeRowSources, madeColumnSources) = Gauge.sources gauge share

                if
                    not (
                        Array.forall2 isNear rows madeRows
                        && rowSources = madeRowSources
                        && (madeColumns.IsNone || Array.forall2 isNear columns madeColumns.Value)
                        && (madeColumnSources.IsNone || columnSources = madeColumnSources.Value)
                    )
                then
                    wrong $"what it does to {share.Parameter.Name} does not fit what it does to its neighbours"

            List.iter (require false) rescaling.Shares
            List.iter (require true) rescaling.Carried
            gauge

    let read (rescaling: Rescaling) (text: string) =
        try
            use document = JsonDocument.Parse text

            match tryMember "tensors" document.RootElement with
            | Some tensors -> Ok(ofTensors rescaling (items "tensors" tensors))
            | None -> Error "it has no tensors"
        with
        | Wrong reason -> Error reason
        | :? JsonException as error -> Error $"it is no JSON: {error.Message}"
