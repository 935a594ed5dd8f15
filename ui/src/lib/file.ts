// Files and pictures as they cross to the office: base64 without a copy of the whole in a string of code points.

/** Base64 of `bytes`. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** Base64 of a chosen or dropped file. */
export const fileBase64 = async (file: File) => base64(new Uint8Array(await file.arrayBuffer()));

/** What was chosen in a file input, as base64; the same file can be chosen again. */
export async function pickedFile(input: HTMLInputElement): Promise<string> {
  const file = input.files?.[0];
  const read = file ? await fileBase64(file) : '';
  input.value = '';
  return read;
}
