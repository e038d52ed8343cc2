using Canon.Onnx.Schema;

namespace Canon.Tests.Engine.Fuzz;

/// <summary>Changes of a model that leave a file of protobuf, and so reach what comes behind its reading.</summary>
internal static class ModelChanges
{
    private static readonly (int Weight, Func<ModelProto, Draw, string> Change)[] _changes =
    [
        (6, NodeChanges.Attribute),
        (3, NodeChanges.Operator),
        (3, NodeChanges.Input),
        (2, NodeChanges.Output),
        (2, NodeChanges.Order),
        (3, TensorChanges.Dimensions),
        (3, TensorChanges.Type),
        (3, TensorChanges.Numbers),
        (2, TensorChanges.Place),
        (2, TensorChanges.External),
        (2, Name),
        (3, Shape),
        (2, Version),
        (2, Outputs),
        (3, GraphGrowth.Chain),
        (2, GraphGrowth.Doubling),
        (1, GraphGrowth.Subgraph),
        (2, GraphGrowth.Constant),
    ];

    /// <summary>Makes one change and says which.</summary>
    public static string Apply(ModelProto model, Draw draw)
    {
        int choice = draw.Int(0, _changes.Sum(change => change.Weight) - 1), place = 0;
        while (choice >= _changes[place].Weight)
            choice -= _changes[place++].Weight;
        return _changes[place].Change(model, draw);
    }

    // A value is called otherwise wherever it is read: the graph stays sound unless the name is taken.
    private static string Name(ModelProto model, Draw draw)
    {
        GraphProto graph = draw.Graph(model);
        string old = draw.Value(graph), name = draw.Text();
        string Renamed(string value) => value == old ? name : value;
        foreach (NodeProto node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
                node.Input[i] = Renamed(node.Input[i]);
            for (int i = 0; i < node.Output.Count; i++)
                node.Output[i] = Renamed(node.Output[i]);
            if (draw.Chance(0.02))
                node.Name = draw.Text();
        }

        foreach (TensorProto tensor in graph.Initializer)
            tensor.Name = Renamed(tensor.Name);
        foreach (ValueInfoProto info in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            info.Name = Renamed(info.Name);
        return "a name";
    }

    private static string Shape(ModelProto model, Draw draw)
    {
        GraphProto graph = draw.Graph(model);
        ValueInfoProto[] infos = [.. graph.Input, .. graph.Output, .. graph.ValueInfo];
        if (infos.Length == 0)
            return "no shape";
        ValueInfoProto info = draw.Pick(infos);
        if (info.Type?.TensorType is not { } tensor)
        {
            info.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = draw.ElementType() } };
            return "a type";
        }

        switch (draw.Int(0, 5))
        {
            case 0:
                tensor.ElemType = draw.ElementType();
                return $"elements of {info.Name}";
            case 1:
                info.Type = null;
                return $"no type of {info.Name}";
            case 2:
                tensor.Shape = null;
                return $"no shape of {info.Name}";
            default:
                tensor.Shape ??= new TensorShapeProto();
                var dim = draw.Chance(0.7)
                    ? new TensorShapeProto.Types.Dimension { DimValue = draw.Number() }
                    : new TensorShapeProto.Types.Dimension { DimParam = draw.Text() };
                int place = draw.Int(0, tensor.Shape.Dim.Count);
                if (place < tensor.Shape.Dim.Count && draw.Chance(0.8))
                    tensor.Shape.Dim[place] = dim;
                else
                    tensor.Shape.Dim.AddRange(Enumerable.Repeat(dim, draw.Pick([1, 1, 3, 70])));
                return $"shape of {info.Name}";
        }
    }

    private static string Version(ModelProto model, Draw draw)
    {
        if (draw.Chance(0.2))
            model.IrVersion = draw.Number();
        else if (model.OpsetImport.Count == 0 || draw.Chance(0.2))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = draw.Pick(["", "ai.onnx", "com.microsoft", "x\n"]), Version = draw.Number() });
        else if (draw.Chance(0.1))
            model.OpsetImport.Clear();
        else
            model.OpsetImport[0].Version = draw.Chance(0.7) ? draw.Int(1, 26) : draw.Number();
        return "a version";
    }

    private static string Outputs(ModelProto model, Draw draw)
    {
        GraphProto graph = model.Graph;
        var info = new ValueInfoProto { Name = draw.Value(graph) };
        if (graph.Output.Count == 0 || draw.Chance(0.6))
            graph.Output.Insert(draw.Int(0, graph.Output.Count), info);
        else if (draw.Chance(0.2))
            graph.Output.Clear();
        else
            graph.Output[draw.Int(0, graph.Output.Count - 1)] = info;
        if (draw.Chance(0.2) && graph.Input.Count > 0)
            graph.Input.Add(draw.Pick(graph.Input).Clone());
        return $"output {info.Name}";
    }
}
