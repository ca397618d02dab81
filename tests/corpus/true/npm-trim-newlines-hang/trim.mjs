import trimNewlines from "trim-newlines";

export const { start, end } = trimNewlines;
