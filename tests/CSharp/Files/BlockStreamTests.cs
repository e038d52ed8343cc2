using System.Buffers;
using Canon.Onnx.Files;

namespace Canon.Tests.Files;

/// <summary>Blocks that are written while others are filled.</summary>
public sealed class BlockStreamTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockStream.BlockSize)]
    [InlineData((3 * BlockStream.BlockSize) + 5)]
    public void All_bytes_arrive_in_order(int count)
    {
        var random = new Random(1);
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        using var memory = new MemoryStream();
        using var blocks = new BlockStream(memory);
        for (int at = 0; at < count;)
        {
            int length = Math.Min(random.Next(1, 200_000), count - at);
            if (random.Next(2) == 0)
            {
                blocks.Write(bytes.AsSpan(at, length));
            }
            else
            {
                bytes.AsSpan(at, length).CopyTo(blocks.GetSpan(length));
                blocks.Advance(length);
            }

            at += length;
        }

        blocks.Finish();
        Assert.Equal(bytes, memory.ToArray());
    }

    [Fact]
    public void A_failure_is_thrown_for_the_next_block_and_at_the_end_again()
    {
        using var full = new Full();
        using var blocks = new BlockStream(full);
        blocks.Write(new byte[BlockStream.BlockSize]);
        Assert.Throws<IOException>(() =>
        {
            blocks.Write(new byte[BlockStream.BlockSize]);
            blocks.GetSpan(1);
        });
        Assert.Throws<IOException>(() => blocks.GetSpan(BlockStream.BlockSize).Length);
        Assert.Throws<IOException>(blocks.Finish);
    }

    [Fact]
    public void The_failure_of_the_last_block_is_thrown_at_the_end()
    {
        using var full = new Full();
        using var blocks = new BlockStream(full);
        blocks.Write<byte>([1, 2, 3]);
        Assert.Throws<IOException>(blocks.Finish);
    }

    /// <summary>Has no room.</summary>
    private sealed class Full : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("no room");
    }
}
