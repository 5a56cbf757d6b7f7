int clinux_room;
