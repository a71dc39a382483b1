/** The text without invisible characters (Default_Ignorable_Code_Point). */
export function visible(text: string): string {
  return text.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
}
