using System.Runtime.InteropServices;
using Canon.Onnx;
using Canon.Onnx.Files;
using Canon.Onnx.Schema;
using Google.Protobuf;

namespace Canon.Tests.Files;

public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ExternalDataTests()
    {
        Directory.CreateDirectory(_folder["model/sub"]);
        _folder.Put("outside.bin", new byte[64]);
        _folder.Put("model/w.bin", MemoryMarshal.AsBytes<float>([1f, 2f, 3f, 4f]).ToArray());
        _folder.Put("model/sub/w.bin", MemoryMarshal.AsBytes<float>([5f, 6f]).ToArray());
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Data_lie_in_other_files_at_an_offset_or_from_the_start()
    {
        TensorProto part = TinyModel.External("part", "w.bin", 2);
        part.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = "4" });
        part.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = "8" });
        using ModelFile file = Open(part, TinyModel.External("start", "w.bin", 3), TinyModel.External("sub", "sub/w.bin", 2));

        Assert.Equal([2f, 3f], file.Floats(file.Model.Graph.Initializer[0]));
        Assert.Equal([1f, 2f, 3f], file.Floats(file.Model.Graph.Initializer[1]));
        Assert.Equal([5f, 6f], file.Floats(file.Model.Graph.Initializer[2]));
    }

    [Fact]
    public void Pieces_beyond_two_gigabytes_are_read()
    {
        const long length = 3L << 30;
        using (FileStream sparse = File.Create(_folder["model/large.bin"]))
        {
            // A hole: the file takes no room on disk.
            sparse.SetLength(length);
            sparse.Position = length - 4;
            sparse.Write(BitConverter.GetBytes(9f));
        }

        TensorProto large = TinyModel.External("large", "large.bin", 0);
        large.Dims[0] = length / 4;
        using ModelFile file = Open(large);
        TensorData data = file.Data(file.Model.Graph.Initializer[0]);
        Assert.Equal(length, data.ByteLength);
        Assert.Equal(9f, BitConverter.ToSingle(data.Bytes.Read(length - 4, 4)));

        var refused = Assert.Throws<ModelFileException>(() => file.Write(_folder["copy.onnx"], file.Model, options: new WriteOptions(ExternalData: ExternalData.Inside)));
        Assert.Contains("at most 2147483647", refused.Message);
    }

    [Theory]
    [InlineData("../outside.bin")]
    [InlineData("sub/../../outside.bin")]
    [InlineData("..\\outside.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("C:\\outside.bin")]
    [InlineData("link.bin")]
    [InlineData("links/outside.bin")]
    [InlineData("circle")]
    [InlineData("")]
    [InlineData("sub")]
    [InlineData("missing.bin")]
    [InlineData("w.bin\0")]
    public void Locations_outside_the_models_folder_or_without_a_file_are_refused(string location)
    {
        File.CreateSymbolicLink(_folder["model/link.bin"], _folder["outside.bin"]);
        File.CreateSymbolicLink(_folder["model/links"], "..");
        File.CreateSymbolicLink(_folder["model/circle"], "circle");
        using ModelFile file = Open(TinyModel.External("w", location, 1));
        var refused = Assert.Throws<ModelFileException>(() => file.Data(file.Model.Graph.Initializer[0]));
        Assert.Contains("tensor 'w'", refused.Message);
        Assert.DoesNotContain('\0', refused.Message);
    }

    [Fact]
    public void A_link_that_stays_in_the_folder_is_followed()
    {
        File.CreateSymbolicLink(_folder["model/link.bin"], "sub/w.bin");
        using ModelFile file = Open(TinyModel.External("w", "link.bin", 2));
        Assert.Equal([5f, 6f], file.Floats(file.Model.Graph.Initializer[0]));
    }

    [Theory]
    [InlineData("offset", "-4")]
    [InlineData("offset", "twelve")]
    [InlineData("offset", "12")]
    [InlineData("offset", "9223372036854775807")]
    [InlineData("length", "9223372036854775807")]
    [InlineData("length", "4")]
    public void Parts_that_are_not_there_are_refused(string key, string value)
    {
        TensorProto tensor = TinyModel.External("w", "w.bin", 2);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        using ModelFile file = Open(tensor);
        Assert.Throws<ModelFileException>(() => file.Data(file.Model.Graph.Initializer[0]));
    }

    [Fact]
    public void A_file_written_with_all_inside_stands_alone()
    {
        using (ModelFile file = Open(TinyModel.External("w", "w.bin", 4)))
            file.Write(_folder["alone.onnx"], file.Model, options: new WriteOptions(ExternalData: ExternalData.Inside));

        using ModelFile alone = ModelFile.Open(_folder["alone.onnx"]);
        TensorProto tensor = alone.Model.Graph.Initializer[0];
        Assert.False(tensor.HasDataLocation);
        Assert.Empty(tensor.ExternalData);
        Assert.Equal([1f, 2f, 3f, 4f], alone.Floats(tensor));
    }

    private ModelFile Open(params TensorProto[] initializers) =>
        ModelFile.Open(_folder.Put("model/m.onnx", TinyModel.With(initializers).ToByteArray()));
}
