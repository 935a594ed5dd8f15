// Where the four corners of a paper lie on its photo, as fractions of the picture's sides, and how they are moved.

export type Corner = [number, number];
interface Box { left: number; top: number; width: number; height: number }

/** The whole picture: top left, top right, bottom right, bottom left. */
export const WHOLE: Corner[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
/** Pixels of the shown picture an arrow key moves a corner, alone and with Shift (ux.md 1.9). */
const STEP = 1, LEAP = 10;
const WAYS: Record<string, Corner> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const inside = (part: number) => Math.min(Math.max(part, 0), 1);

/** The corner under a pointer at `x`, `y` of the window, kept on the picture. */
export const held = (x: number, y: number, box: Box): Corner => [inside((x - box.left) / box.width), inside((y - box.top) / box.height)];

/** The corner after a key; null when the key moves nothing. */
export function moved([x, y]: Corner, key: string, leap: boolean, box: Box): Corner | null {
  const way = WAYS[key];
  if (!way) return null;
  const step = leap ? LEAP : STEP;
  return [inside(x + (way[0] * step) / box.width), inside(y + (way[1] * step) / box.height)];
}
