using System.CommandLine;
using Canon.Onnx;

namespace Canon.Cli.Commands;

/// <summary>Where a written model has its weights.</summary>
internal static class ExternalDataOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--external-data")
        {
            Description = "Where --output has the weights. beside: in a second file, OUT.onnx.data. as-read: there if the input has some outside, or one file would exceed 2 GiB.",
            HelpName = "as-read|inside|beside",
            DefaultValueFactory = _ => "as-read",
        };
        option.AcceptOnlyFromAmong("as-read", "inside", "beside");
        return option;
    }

    public static ExternalData Of(string? text) => text switch
    {
        "inside" => ExternalData.Inside,
        "beside" => ExternalData.Beside,
        _ => ExternalData.AsRead,
    };
}
