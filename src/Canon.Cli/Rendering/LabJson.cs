namespace Canon.Cli.Rendering;

/// <summary>One JSON object a run.</summary>
internal static class LabJson
{
    public static void Write(LaboratoryRun run, TextWriter writer) => Json.Write(writer, json =>
    {
        json.WriteStartObject();
        json.WriteString("dataset", run.Dataset);
        json.WriteString("method", run.Setting.Method.Name);
        json.WriteNumber("seed", run.Seed);
        Json.Number(json, "rate", run.Setting.Rate);
        Json.Number(json, "strength", run.Setting.Strength);
        Json.Number(json, "accuracy", run.Test.Accuracy);
        Json.Number(json, "nll", run.Test.NegativeLogLikelihood);
        Json.Number(json, "ece", run.Test.CalibrationError);
        Json.Number(json, "global_gain", run.GlobalGain);
        json.WriteNumber("steps", run.Steps);
        Json.Number(json, "seconds", run.Seconds);
        Json.Number(json, "event_seconds", run.EventSeconds);
        json.WriteStartObject("loss_jump");
        foreach ((int steps, double jump) in Laboratory.JumpSteps.Zip(run.Jumps))
            Json.Number(json, $"{steps}", jump);
        json.WriteEndObject();
        Json.Objects(json, "curve", run.Curve, point =>
        {
            json.WriteNumber("step", point.Step);
            Json.Number(json, "training_loss", point.TrainingLoss);
            Json.Number(json, "validation_nll", point.Validation.NegativeLogLikelihood);
            Json.Number(json, "validation_accuracy", point.Validation.Accuracy);
            Json.Number(json, "global_gain", point.GlobalGain);
        });
        json.WriteString("failure", run.Failure);
        json.WriteEndObject();
    });
}
