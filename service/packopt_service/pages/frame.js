/* Frames that are as high as what they show. */

/**
 * Let a frame grow with its content, so that only the page scrolls.
 * @param {HTMLIFrameElement} frame
 */
export const fitFrame = (frame) => {
  frame.addEventListener("load", () => {
    const body = frame.contentDocument?.body;
    if (!body) return;
    const fit = () => { frame.style.height = `${Math.ceil(body.getBoundingClientRect().height)}px`; };
    new ResizeObserver(fit).observe(body);
    fit();
  });
};

/**
 * Hear what happens in a frame: its events end at its edge.
 * @param {HTMLIFrameElement} frame
 * @param {Record<string, (event: Event) => void>} listeners By the names of events.
 */
export const listenIn = (frame, listeners) => {
  frame.addEventListener("load", () => {
    for (const [name, listener] of Object.entries(listeners)) {
      frame.contentDocument?.addEventListener(name, listener);
    }
  });
};

/**
 * Send a key to what a frame shows, as if it had been pressed there.
 * @param {HTMLIFrameElement} frame
 * @param {string} key
 */
export const pressIn = (frame, key) => {
  const inside = frame.contentWindow, body = frame.contentDocument?.body;
  if (body) body.dispatchEvent(new inside.KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
};
