/**
 * The text without what a terminal would obey: what a recording tells was written by others, who may have put in it what
 * moves the cursor, sets a title or turns the direction of writing. Lines stay.
 */
export function plainText(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�')
}
