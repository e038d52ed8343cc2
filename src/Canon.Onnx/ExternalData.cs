namespace Canon.Onnx;

/// <summary>Where the numbers of a written model are: in its one file, or in a second one that it refers to.</summary>
public enum ExternalData
{
    /// <summary>
    /// In a second file where the model that was read keeps some outside as well, or where one file would exceed the 2 GiB
    /// that the format allows; in the one file otherwise.
    /// </summary>
    AsRead,

    /// <summary>In the one file, which stands alone. More than 2 GiB are refused.</summary>
    Inside,

    /// <summary>
    /// In a second file beside the model, of its name with <c>.data</c> behind: initializers of 1 KiB and more, and whatever
    /// was outside before. There is no second file where there are none.
    /// </summary>
    Beside,
}
