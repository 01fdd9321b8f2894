/** An event whose listeners may stop what is about to happen. */
export type Preventable<Extra extends object = object> = Extra & {
  readonly defaultPrevented: boolean;
  preventDefault(): void;
};

export function preventable<Extra extends object>(extra: Extra): Preventable<Extra> {
  let prevented = false;
  const event = {
    ...extra,
    preventDefault(): void {
      prevented = true;
    },
  };
  Object.defineProperty(event, 'defaultPrevented', { get: () => prevented });
  return event as Preventable<Extra>;
}
