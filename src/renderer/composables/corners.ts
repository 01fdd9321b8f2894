import type { Corner } from '../stores/app.ts';

export const corners: readonly Corner[] = ['topLeft', 'topRight', 'bottomLeft', 'bottomRight'];

const make = (top: boolean, left: boolean): Corner =>
  top ? (left ? 'topLeft' : 'topRight') : left ? 'bottomLeft' : 'bottomRight';

const isTop = (corner: Corner) => corner === 'topLeft' || corner === 'topRight';
const isLeft = (corner: Corner) => corner === 'topLeft' || corner === 'bottomLeft';

/** The corner a picture dropped with its middle at this place belongs to. */
export const nearestCorner = (
  point: { readonly x: number; readonly y: number },
  area: { readonly width: number; readonly height: number },
): Corner => make(point.y < area.height / 2, point.x < area.width / 2);

/** Where an arrow key moves a picture; undefined for other keys. */
export function cornerAfterKey(corner: Corner, key: string): Corner | undefined {
  switch (key) {
    case 'ArrowLeft':
      return make(isTop(corner), true);
    case 'ArrowRight':
      return make(isTop(corner), false);
    case 'ArrowUp':
      return make(true, isLeft(corner));
    case 'ArrowDown':
      return make(false, isLeft(corner));
    default:
      return undefined;
  }
}
