// Loaded before htmx, which would keep the address of the page, and with it an event's or visitor's id, in the browser's
// storage. Nothing of Inkpad may stay there, so writing to it is refused; htmx takes the refusal as "no storage here".
"use strict";

Storage.prototype.setItem = () => {
  throw new DOMException("Inkpad keeps nothing in the browser.", "SecurityError");
};
