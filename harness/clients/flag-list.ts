/** `--a 1 --b` from pairs, without those that are null or false; true stands for a flag without a value. */
export function flags(values: Readonly<Record<string, string | number | boolean | null>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === false ? [] : value === true ? [name] : [name, String(value)],
  )
}
